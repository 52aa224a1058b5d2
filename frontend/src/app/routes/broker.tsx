import { BrokerDesk } from '@/features/broker/components/broker-desk';
import { t } from '@/messages/words';

export function Component() {
  return (
    <>
      <title>{`${t('Broker accounts')} · OpenAlgo`}</title>
      <BrokerDesk />
    </>
  );
}
