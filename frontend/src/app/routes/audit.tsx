import { NeedsAdmin } from '@/app/shell/needs-admin';
import { AuditPage } from '@/features/operator/components/audit-page';
import { t } from '@/messages/words';

export function Component() {
  return (
    <>
      <title>{`${t('Audit trail')} · OpenAlgo`}</title>
      <NeedsAdmin title={t('Audit trail')}>
        <AuditPage />
      </NeedsAdmin>
    </>
  );
}
