import { useMemo } from 'react';
import { type Fields, useRowFilters } from '@/hooks/use-row-filters';
import { useUrlState } from '@/hooks/use-url-state';
import { isWorking, type Order } from '@/lib/orders/schema';

const STATUS_GROUPS: Record<string, (order: Order) => boolean> = {
  open: (order) => isWorking(order.order_status),
  complete: (order) => order.order_status === 'complete',
  rejected: (order) => order.order_status === 'rejected',
  cancelled: (order) => order.order_status === 'cancelled',
  unknown: (order) => order.order_status === 'unknown' && order.pending !== 'place',
};

const FIELDS: Fields<Order> = {
  side: (order) => order.action,
  product: (order) => order.product,
  exchange: (order) => order.exchange,
  strategy: (order) => order.strategy,
};

const textOf = (order: Order) => `${order.symbol} ${order.orderid}`;

export function isInGroup(order: Order, status: string): boolean {
  return STATUS_GROUPS[status]?.(order) ?? true;
}

export function countByGroup(orders: readonly Order[]): Record<string, number> {
  return Object.fromEntries(
    Object.entries(STATUS_GROUPS).map(([name, test]) => [name, orders.filter(test).length]),
  );
}

/** The order book's filters, kept in the address. */
export function useOrderFilters(orders: readonly Order[] | undefined) {
  const { read } = useUrlState();
  const status = read('status');
  const rows = useRowFilters(orders, FIELDS, textOf);
  const shown = useMemo(
    () => (status ? rows.shown?.filter((order) => isInGroup(order, status)) : rows.shown),
    [rows.shown, status],
  );
  return {
    ...rows,
    status,
    shown,
    hasFilter: rows.hasFilter || Boolean(status),
    clear: () => rows.clear('status'),
  };
}
