import { useInfiniteQuery } from '@tanstack/react-query';
import { Badge, type Tone } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { EmptyState, ErrorState, Skeleton, StaleNotice } from '@/components/ui/states';
import {
  type DeliveredOrder,
  type Delivery,
  deliveriesQuery,
  type StrategyView,
} from '@/features/strategies/api/get-strategies';
import { formatQuantity } from '@/lib/format';
import { t } from '@/messages/words';

const RESULTS: Record<string, { word: string; tone: Tone }> = {
  accepted: { word: t('taken'), tone: 'good' },
  duplicate: { word: t('repeat'), tone: 'neutral' },
  ignored: { word: t('ignored'), tone: 'neutral' },
  refused: { word: t('refused'), tone: 'bad' },
};

const OUTCOMES: Record<string, { word: string; tone: Tone }> = {
  accepted: { word: t('sent'), tone: 'good' },
  partial: { word: t('sent in part'), tone: 'warn' },
  refused: { word: t('refused'), tone: 'bad' },
  unknown: { word: t('outcome unknown'), tone: 'bad' },
  dropped: { word: t('dropped'), tone: 'warn' },
  waiting: { word: t('waits for approval'), tone: 'warn' },
  nothing: { word: t('nothing to do'), tone: 'neutral' },
};

const UNDER_WAY = { word: t('under way'), tone: 'neutral' } as const;

/** What a message was. */
const KINDS: Record<string, string> = {
  strategy: t('Alert'),
  chartink: t('Scan'),
  squareoff: t('Square-off'),
  unreadable: t('Unreadable'),
};

function orderText({ side, quantity, position_size, symbol, exchange, product }: DeliveredOrder): string {
  const size =
    position_size === null
      ? formatQuantity(quantity)
      : position_size === 0
        ? t('close')
        : t('to {{size}}', { size: formatQuantity(position_size) });
  return [side, size, symbol, exchange, product].filter(Boolean).join(' ');
}

function OrderLine({ order }: { order: DeliveredOrder }) {
  const { word, tone } = order.outcome ? (OUTCOMES[order.outcome] ?? UNDER_WAY) : UNDER_WAY;
  return (
    <li className="flex flex-wrap items-center gap-x-2 text-xs">
      <span className="tabular-nums">{orderText(order)}</span>
      <Badge tone={tone}>{word}</Badge>
      {order.order_id && <span className="text-muted tabular-nums">{order.order_id}</span>}
      {order.message && <span className="text-muted">{order.message}</span>}
    </li>
  );
}

function DeliveryRow({ delivery }: { delivery: Delivery }) {
  const { word, tone } = RESULTS[delivery.result] ?? { word: delivery.result, tone: 'neutral' as const };
  const hasBody = delivery.body !== null && delivery.body !== undefined;
  return (
    <li className="grid gap-1 border-line border-b px-3 py-1.5">
      <div className="flex flex-wrap items-center gap-x-3">
        <span className="text-muted text-xs tabular-nums">{delivery.received_at}</span>
        <span>{KINDS[delivery.payload] ?? delivery.payload}</span>
        <Badge tone={tone}>{word}</Badge>
        <span className="min-w-0 flex-1 text-sm">{delivery.message}</span>
        {delivery.source_address && (
          <span className="text-muted text-xs">
            {t('from {{address}}, HTTP {{status}}', {
              address: delivery.source_address,
              status: delivery.http_status,
            })}
          </span>
        )}
      </div>
      {delivery.orders.length > 0 && (
        <ul className="grid gap-0.5">
          {delivery.orders.map((order) => (
            <OrderLine key={`${order.exchange}:${order.symbol}:${order.side}`} order={order} />
          ))}
        </ul>
      )}
      {hasBody && (
        <details className="text-xs">
          <summary className="text-muted">{t('Message')}</summary>
          <pre className="overflow-auto p-2 font-mono">
            {typeof delivery.body === 'string' ? delivery.body : JSON.stringify(delivery.body, null, 2)}
          </pre>
        </details>
      )}
    </li>
  );
}

/** What reached the strategy and what became of it, newest first. */
export function DeliveryLog({ strategy }: { strategy: StrategyView }) {
  const query = useInfiniteQuery(deliveriesQuery(strategy.id));
  const rows = query.data?.pages.flat();
  return (
    <section aria-label={t('Activity')}>
      <h2 className="px-3 py-2 font-semibold">{t('Activity')}</h2>
      {rows && query.error && <StaleNotice error={query.error} onRetry={() => void query.refetch()} />}
      {!rows ? (
        query.error ? (
          <ErrorState isCompact error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <div className="px-3">
            <Skeleton className="h-40" />
          </div>
        )
      ) : rows.length === 0 ? (
        <EmptyState
          title={t('Nothing has reached it yet')}
          hint={t('Messages, square-offs and what became of their orders are kept here.')}
        />
      ) : (
        <ol aria-label={t('Activity')}>
          {rows.map((delivery) => (
            <DeliveryRow key={delivery.id} delivery={delivery} />
          ))}
        </ol>
      )}
      {query.hasNextPage && (
        <div className="p-3">
          <Button size="sm" isBusy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t('Older')}
          </Button>
        </div>
      )}
    </section>
  );
}
