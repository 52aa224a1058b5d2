import { BrokerDesk } from '@/features/broker/components/broker-desk';

export function Component() {
  return (
    <>
      <title>Broker accounts · OpenAlgo</title>
      <BrokerDesk />
    </>
  );
}
