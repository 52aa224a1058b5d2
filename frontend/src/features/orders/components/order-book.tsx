import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { DataTable } from '@/components/data-table/data-table';
import { loadable } from '@/components/data-table/loadable';
import { ChipFilter, SelectFilter, TextFilter } from '@/components/filters/filter-bar';
import { Button } from '@/components/ui/button';
import { useCancelOrder } from '@/features/orders/api/cancel-order';
import { ordersQuery } from '@/features/orders/api/get-orders';
import { CancelAllDialog } from '@/features/orders/components/cancel-all-dialog';
import { ModifyDialog } from '@/features/orders/components/modify-dialog';
import { OrderCard } from '@/features/orders/components/order-card';
import { orderColumns } from '@/features/orders/components/order-columns';
import { TimeLineDialog } from '@/features/orders/components/time-line-dialog';
import { countByGroup, useOrderFilters } from '@/features/orders/hooks/use-order-filters';
import { isWorking, type Order } from '@/lib/orders/schema';

const STATUS_CHIPS = [
  { value: '', label: 'All' },
  { value: 'open', label: 'Open' },
  { value: 'complete', label: 'Complete' },
  { value: 'rejected', label: 'Rejected' },
  { value: 'cancelled', label: 'Cancelled' },
];

function chipsFor(orders: readonly Order[]) {
  const counts = countByGroup(orders);
  const chips = STATUS_CHIPS.map((chip) => ({
    ...chip,
    count: chip.value ? counts[chip.value] : orders.length,
  }));
  // Shown only when it happened: an order nobody has accounted for must not hide in a list of filters.
  if (counts.unknown) chips.push({ value: 'unknown', label: 'Outcome unknown', count: counts.unknown });
  return chips;
}

export function OrderBook() {
  const query = useQuery(ordersQuery);
  const { mutate: cancel } = useCancelOrder();
  const [modified, setModified] = useState<Order | null>(null);
  const [told, setTold] = useState<Order | null>(null);
  const [isCancellingAll, setIsCancellingAll] = useState(false);
  const orders = query.data?.orders;
  const { filters, shown, hasFilter, set, clear } = useOrderFilters(orders);
  const columns = useMemo(
    () => orderColumns({ onCancel: cancel, onModify: setModified, onStory: setTold }),
    [cancel],
  );
  const working = orders?.filter((order) => isWorking(order.order_status)) ?? [];
  const exchanges = [...new Set(orders?.map((order) => order.exchange))].sort();

  return (
    <>
      <DataTable
        name="Orders"
        columns={columns}
        source={loadable(query, shown)}
        rowKey={(order) => order.orderid}
        defaultSort={{ id: 'timestamp', isDescending: true }}
        describeRow={(order) => ({
          instrument: order,
          isDimmed: ['cancelled', 'rejected'].includes(order.order_status),
        })}
        card={(order) => (
          <OrderCard order={order} onCancel={cancel} onModify={setModified} onStory={setTold} />
        )}
        hasFilter={hasFilter}
        onClearFilter={clear}
        empty={{ title: 'No orders today', hint: 'Press B or S on any instrument, or Ctrl K to find one.' }}
        toolbar={
          <>
            <h1 className="font-semibold text-base">Orders</h1>
            <ChipFilter
              label="Status"
              value={filters.status}
              options={chipsFor(orders ?? [])}
              onChange={(v) => set('status', v)}
            />
            <SelectFilter
              label="Side"
              value={filters.side}
              options={['BUY', 'SELL']}
              onChange={(v) => set('side', v)}
            />
            {exchanges.length > 1 && (
              <SelectFilter
                label="Exchange"
                value={filters.exchange}
                options={exchanges}
                onChange={(v) => set('exchange', v)}
              />
            )}
            <TextFilter label="Symbol or order id" value={filters.text} onChange={(v) => set('q', v)} />
            <Button size="sm" disabled={working.length === 0} onClick={() => setIsCancellingAll(true)}>
              Cancel all{working.length > 0 && ` (${working.length})`}
            </Button>
          </>
        }
      />
      {told && <TimeLineDialog order={told} onClose={() => setTold(null)} />}
      {modified && <ModifyDialog order={modified} onClose={() => setModified(null)} />}
      <CancelAllDialog orders={working} isOpen={isCancellingAll} onClose={() => setIsCancellingAll(false)} />
    </>
  );
}
