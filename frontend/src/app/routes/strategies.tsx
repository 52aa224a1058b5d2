import { NeedsBroker } from '@/app/shell/needs-broker';
import { StrategiesPage } from '@/features/strategies/components/strategies-page';
import { t } from '@/messages/words';

export function Component() {
  return (
    <>
      <title>{`${t('Webhook strategies')} · OpenAlgo`}</title>
      <NeedsBroker title={t('Webhook strategies')}>
        <StrategiesPage />
      </NeedsBroker>
    </>
  );
}
