import { NeedsBroker } from '@/app/shell/needs-broker';
import { OrderBook } from '@/features/orders/components/order-book';

export function Component() {
  return (
    <>
      <title>Orders · OpenAlgo</title>
      <NeedsBroker title="Orders">
        <OrderBook />
      </NeedsBroker>
    </>
  );
}
