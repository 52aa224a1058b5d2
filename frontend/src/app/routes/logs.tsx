import { LogsPage } from '@/features/operator/components/logs-page';
import { t } from '@/messages/words';

export function Component() {
  return (
    <>
      <title>{`${t('Logs')} · OpenAlgo`}</title>
      <LogsPage />
    </>
  );
}
