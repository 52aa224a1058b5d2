import { NeedsBroker } from '@/app/shell/needs-broker';
import { OrderBook } from '@/features/orders/components/order-book';
import { t } from '@/messages/words';

export function Component() {
  return (
    <>
      <title>{`${t('Orders')} · OpenAlgo`}</title>
      <NeedsBroker title={t('Orders')}>
        <OrderBook />
      </NeedsBroker>
    </>
  );
}
