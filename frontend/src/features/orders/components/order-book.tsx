import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { DataTable } from '@/components/data-table/data-table';
import { loadable } from '@/components/data-table/loadable';
import { useRowSelection } from '@/components/data-table/use-row-selection';
import { ChipFilter } from '@/components/filters/filter-bar';
import { RowFilterBar } from '@/components/filters/row-filters';
import { BookHeading } from '@/components/filters/toolbar';
import { Button } from '@/components/ui/button';
import { useCancelOrder } from '@/features/orders/api/cancel-order';
import { ordersQuery } from '@/features/orders/api/get-orders';
import { CancelOrdersDialog } from '@/features/orders/components/cancel-orders-dialog';
import { ModifyDialog } from '@/features/orders/components/modify-dialog';
import { OrderCard } from '@/features/orders/components/order-card';
import { orderColumns } from '@/features/orders/components/order-columns';
import { TimeLineDialog } from '@/features/orders/components/time-line-dialog';
import { countByGroup, useOrderFilters } from '@/features/orders/hooks/use-order-filters';
import { isWorking, type Order } from '@/lib/orders/schema';
import { t } from '@/messages/words';

const STATUS_CHIPS = [
  { value: '', label: t('All') },
  { value: 'open', label: t('Open', { context: 'status' }) },
  { value: 'complete', label: t('Complete') },
  { value: 'rejected', label: t('Rejected') },
  { value: 'cancelled', label: t('Cancelled') },
];

function chipsFor(orders: readonly Order[]) {
  const counts = countByGroup(orders);
  const chips = STATUS_CHIPS.map((chip) => ({
    ...chip,
    count: chip.value ? counts[chip.value] : orders.length,
  }));
  // Shown only when it happened: an order nobody has accounted for must not hide in a list of filters.
  if (counts.unknown) chips.push({ value: 'unknown', label: t('Outcome unknown'), count: counts.unknown });
  return chips;
}

const LABELS = { side: t('Side'), product: t('Product'), exchange: t('Exchange'), strategy: t('Strategy') };

const keyOf = (order: Order) => order.orderid;

function describe(order: Order) {
  return { instrument: order, isDimmed: ['cancelled', 'rejected'].includes(order.order_status) };
}

interface Withdrawal {
  orders: readonly Order[];
  isAll: boolean;
}

/** What one press of the button would withdraw: what is marked, else what the filters leave, else everything. */
function useWithdrawal(
  orders: readonly Order[] | undefined,
  shown: readonly Order[] | undefined,
  selected: readonly Order[],
  hasFilter: boolean,
): Withdrawal & { label: string } {
  return useMemo(() => {
    const working = (list: readonly Order[] | undefined) =>
      list?.filter((order) => isWorking(order.order_status)) ?? [];
    if (selected.length > 0) return { orders: working(selected), isAll: false, label: t('Cancel selected') };
    if (hasFilter) return { orders: working(shown), isAll: false, label: t('Cancel filtered') };
    return { orders: working(orders), isAll: true, label: t('Cancel all') };
  }, [orders, shown, selected, hasFilter]);
}

export function OrderBook() {
  const query = useQuery(ordersQuery);
  const { mutate: cancel } = useCancelOrder();
  const [modified, setModified] = useState<Order | null>(null);
  const [told, setTold] = useState<Order | null>(null);
  const [withdrawn, setWithdrawn] = useState<Withdrawal | null>(null);
  const orders = query.data?.orders;
  const filters = useOrderFilters(orders);
  const { selection, selected, clear } = useRowSelection(filters.shown, keyOf);
  const columns = useMemo(
    () => orderColumns({ onCancel: cancel, onModify: setModified, onStory: setTold }),
    [cancel],
  );
  const { label, ...withdrawal } = useWithdrawal(orders, filters.shown, selected, filters.hasFilter);
  const count = withdrawal.orders.length;

  return (
    <>
      <DataTable
        book="orders"
        name={t('Orders')}
        columns={columns}
        source={loadable(query, filters.shown)}
        allRows={orders}
        rowKey={keyOf}
        defaultSort={{ id: 'timestamp', isDescending: true }}
        describeRow={describe}
        selection={selection}
        onOpen={setTold}
        card={(order) => (
          <OrderCard order={order} onCancel={cancel} onModify={setModified} onStory={setTold} />
        )}
        hasFilter={filters.hasFilter}
        onClearFilter={filters.clear}
        empty={{
          title: t('No orders today'),
          hint: t('Press B or S on any instrument, or Ctrl K to find one.'),
        }}
        toolbar={
          <>
            <BookHeading>{t('Orders')}</BookHeading>
            <ChipFilter
              label={t('Status')}
              value={filters.status}
              options={chipsFor(orders ?? [])}
              onChange={(v) => filters.set('status', v)}
            />
            <RowFilterBar filters={filters} labels={LABELS} textLabel={t('Symbol or order id')} />
            <Button size="sm" disabled={count === 0} onClick={() => setWithdrawn(withdrawal)}>
              {label}
              {count > 0 && ` (${count})`}
            </Button>
          </>
        }
      />
      {told && <TimeLineDialog order={told} onClose={() => setTold(null)} />}
      {modified && <ModifyDialog order={modified} onClose={() => setModified(null)} />}
      {withdrawn && (
        <CancelOrdersDialog
          {...withdrawn}
          onClose={() => {
            setWithdrawn(null);
            clear();
          }}
        />
      )}
    </>
  );
}
