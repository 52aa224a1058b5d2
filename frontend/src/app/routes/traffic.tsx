import { NeedsAdmin } from '@/app/shell/needs-admin';
import { TrafficPage } from '@/features/operator/components/traffic-page';
import { t } from '@/messages/words';

export function Component() {
  return (
    <>
      <title>{`${t('Traffic')} · OpenAlgo`}</title>
      <NeedsAdmin title={t('Traffic')}>
        <TrafficPage />
      </NeedsAdmin>
    </>
  );
}
