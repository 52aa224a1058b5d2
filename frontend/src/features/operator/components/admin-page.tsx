import { BansPanel } from '@/features/operator/components/bans-panel';
import { FreezesTable } from '@/features/operator/components/freezes-table';
import { HolidaysTable } from '@/features/operator/components/holidays-table';
import { PageTabs } from '@/features/operator/components/page-tabs';
import { RetentionTable } from '@/features/operator/components/retention-table';
import { TimingsTable } from '@/features/operator/components/timings-table';
import { t } from '@/messages/words';

/** What an administrator sets about the market, the doors and the records. */
export function AdminPage() {
  return (
    <PageTabs
      title={t('Administration')}
      views={[
        { id: 'freezes', title: t('Freeze quantities'), content: () => <FreezesTable /> },
        { id: 'holidays', title: t('Holidays'), content: () => <HolidaysTable /> },
        { id: 'timings', title: t('Market timings'), content: () => <TimingsTable /> },
        { id: 'bans', title: t('Bans'), content: () => <BansPanel /> },
        { id: 'retention', title: t('Retention'), content: () => <RetentionTable /> },
      ]}
    />
  );
}
