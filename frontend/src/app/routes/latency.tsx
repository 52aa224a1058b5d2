import { NeedsAdmin } from '@/app/shell/needs-admin';
import { LatencyPage } from '@/features/operator/components/latency-page';
import { t } from '@/messages/words';

export function Component() {
  return (
    <>
      <title>{`${t('Latency')} · OpenAlgo`}</title>
      <NeedsAdmin title={t('Latency')}>
        <LatencyPage />
      </NeedsAdmin>
    </>
  );
}
