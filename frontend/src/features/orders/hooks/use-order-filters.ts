import { useMemo } from 'react';
import { useUrlState } from '@/hooks/use-url-state';
import { isWorking, type Order } from '@/lib/orders/schema';

const STATUS_GROUPS: Record<string, (order: Order) => boolean> = {
  open: (order) => isWorking(order.order_status),
  complete: (order) => order.order_status === 'complete',
  rejected: (order) => order.order_status === 'rejected',
  cancelled: (order) => order.order_status === 'cancelled',
  unknown: (order) => order.order_status === 'unknown',
};

export interface OrderFilters {
  status: string;
  side: string;
  exchange: string;
  text: string;
}

export function matchesFilters(order: Order, filters: OrderFilters): boolean {
  const inGroup = STATUS_GROUPS[filters.status];
  const text = filters.text.trim().toUpperCase();
  return (
    (!inGroup || inGroup(order)) &&
    (!filters.side || order.action === filters.side) &&
    (!filters.exchange || order.exchange === filters.exchange) &&
    (!text || order.symbol.toUpperCase().includes(text) || order.orderid.toUpperCase().includes(text))
  );
}

export function countByGroup(orders: readonly Order[]): Record<string, number> {
  return Object.fromEntries(
    Object.entries(STATUS_GROUPS).map(([name, test]) => [name, orders.filter(test).length]),
  );
}

/** The order book's filters, kept in the address. */
export function useOrderFilters(orders: readonly Order[] | undefined) {
  const { read, set } = useUrlState();
  const status = read('status');
  const side = read('side');
  const exchange = read('exchange');
  const text = read('q');
  const filters = useMemo(() => ({ status, side, exchange, text }), [status, side, exchange, text]);
  const shown = useMemo(() => orders?.filter((order) => matchesFilters(order, filters)), [orders, filters]);
  const hasFilter = Boolean(status || side || exchange || text);
  return {
    filters,
    shown,
    hasFilter,
    set,
    clear: () => {
      for (const name of ['status', 'side', 'exchange', 'q']) set(name, null);
    },
  };
}
