import { LiveFigure } from '@/components/market/live';
import type { WaitingOrder } from '@/features/approvals/api/get-waiting-orders';
import { countdown, movedPercent, useSecond } from '@/features/approvals/hooks/clock';
import { cn } from '@/lib/cn';
import { formatBookTime, formatDuration, formatPercent, formatPrice } from '@/lib/format';

const HURRY_MS = 60_000;

/** What the order's instrument traded at when it was asked for; `null` for an order of several. */
export function priceThen(order: WaitingOrder): number | null {
  return order.symbol && order.exchange ? (order.prices[`${order.exchange}:${order.symbol}`] ?? null) : null;
}

/** When it was asked for, and how long its price has been waiting. */
export function Asked({ order }: { order: WaitingOrder }) {
  const now = useSecond();
  const isWaiting = order.status === 'pending' && order.created_ms !== null;
  return (
    <>
      {formatBookTime(order.created_at_ist)}
      {isWaiting && (
        <span className="ml-1.5 text-2xs text-muted">{formatDuration(now - (order.created_ms ?? now))}</span>
      )}
    </>
  );
}

/** How long it may still be decided; loud in its last minute. */
export function Ends({ order }: { order: WaitingOrder }) {
  const now = useSecond();
  if (order.status !== 'pending' || order.expires_ms === null) return formatBookTime(order.expires_at_ist);
  const isLate = order.expires_ms - now < HURRY_MS;
  return (
    <span
      className={cn('tabular-nums', isLate && 'font-semibold text-down')}
      title={formatBookTime(order.expires_at_ist)}
    >
      {countdown(order.expires_ms, now)}
    </span>
  );
}

/** The price when it was asked for, the price now, and how far apart they are. */
export function Since({ order }: { order: WaitingOrder }) {
  const { symbol, exchange } = order;
  const then = priceThen(order);
  if (!symbol || !exchange || order.status !== 'pending') return formatPrice(then);
  const of = { symbol, exchange };
  return (
    <span className="inline-flex items-baseline gap-1.5">
      <LiveFigure of={of} figure={({ ltp }) => ltp} format={formatPrice} isFlashing />
      <LiveFigure
        of={of}
        figure={({ ltp }) => movedPercent(then, ltp)}
        format={formatPercent}
        isToned
        className="text-2xs"
      />
    </span>
  );
}
