import { NeedsAdmin } from '@/app/shell/needs-admin';
import { AdminPage } from '@/features/operator/components/admin-page';
import { t } from '@/messages/words';

export function Component() {
  return (
    <>
      <title>{`${t('Administration')} · OpenAlgo`}</title>
      <NeedsAdmin title={t('Administration')}>
        <AdminPage />
      </NeedsAdmin>
    </>
  );
}
