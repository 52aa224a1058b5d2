import { NeedsAdmin } from '@/app/shell/needs-admin';
import { HealthPage } from '@/features/operator/components/health-page';
import { t } from '@/messages/words';

export function Component() {
  return (
    <>
      <title>{`${t('Health')} · OpenAlgo`}</title>
      <NeedsAdmin title={t('Health')}>
        <HealthPage />
      </NeedsAdmin>
    </>
  );
}
