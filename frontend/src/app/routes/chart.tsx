import { useQuery } from '@tanstack/react-query';
import { NeedsBroker } from '@/app/shell/needs-broker';
import { ChartPage } from '@/features/chart/components/chart-page';
import { ordersQuery } from '@/features/orders/api/get-orders';
import { ModifyDialog } from '@/features/orders/components/modify-dialog';
import { positionsQuery } from '@/features/positions/api/get-positions';
import { t } from '@/messages/words';

const NONE: never[] = [];

/** The chart draws the books, and a line that was dragged asks through the order book's own dialog. */
function ChartWithBooks() {
  const orders = useQuery(ordersQuery).data?.orders ?? NONE;
  const positions = useQuery(positionsQuery).data ?? NONE;
  return (
    <ChartPage
      orders={orders}
      positions={positions}
      askModify={(order, proposal, onClose) => (
        <ModifyDialog
          order={order}
          proposed={proposal ? { [proposal.field]: proposal.price } : undefined}
          onClose={onClose}
        />
      )}
    />
  );
}

export function Component() {
  return (
    <>
      <title>{`${t('Chart')} · OpenAlgo`}</title>
      <NeedsBroker title={t('Chart')}>
        <ChartWithBooks />
      </NeedsBroker>
    </>
  );
}
