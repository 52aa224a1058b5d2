import { type KeyboardEvent, useMemo, useState } from 'react';
import { DayChange, Ltp } from '@/components/market/live';
import { TradeButtons } from '@/components/market/trade-buttons';
import { Segmented } from '@/components/ui/segmented';
import { EmptyState, ErrorState } from '@/components/ui/states';
import { useDepthSnapshot } from '@/features/depth/api/get-depth';
import { LadderRow } from '@/features/depth/components/ladder-row';
import { bidShare, ownByPrice, spreadOf, totalOf } from '@/features/depth/hooks/ladder';
import { formatPrice, formatQuantity } from '@/lib/format';
import { useInstrument } from '@/lib/instruments/queries';
import { isTradable } from '@/lib/instruments/schema';
import { isFeedFresh } from '@/lib/market-data/client';
import { useFeedStatus, useQuoteValue } from '@/lib/market-data/context';
import { type InstrumentRef, Mode } from '@/lib/market-data/protocol';
import type { Order } from '@/lib/orders/schema';
import { useOrderTerms } from '@/lib/orders/terms';
import { t } from '@/messages/words';

const PLAIN = [5];

interface DepthLadderProps {
  of: InstrumentRef;
  /** The book of orders: the trader's own are marked at their price. */
  orders: readonly Order[];
}

/** The order book of one instrument as a ladder: asks above, bids below, the last trade between them. */
export function DepthLadder({ of, orders }: DepthLadderProps) {
  const { symbol, exchange } = of;
  const ref = useMemo(() => ({ symbol, exchange }), [symbol, exchange]);
  const hasBook = isTradable(exchange);
  const tickSize = useInstrument(ref).data?.tick_size ?? null;
  const offered = useOrderTerms(ref).data?.depth_levels;
  const choices = offered && offered.length > 0 ? offered : PLAIN;
  const [wanted, setWanted] = useState<number | null>(null);
  const levels = wanted !== null && choices.includes(wanted) ? wanted : (choices[0] ?? 5);
  const snapshot = useDepthSnapshot(ref, hasBook);
  const own = useMemo(() => ownByPrice(orders, ref), [orders, ref]);

  return (
    <section
      aria-label={t('Depth of {{symbol}}', { symbol })}
      data-symbol={symbol}
      data-exchange={exchange}
      className="flex min-h-0 flex-1 flex-col"
    >
      <header className="flex min-h-8 shrink-0 flex-wrap items-center gap-2 border-line border-b px-2 py-1">
        <h2 className="min-w-0 truncate font-semibold">
          {symbol} <span className="font-normal text-2xs text-muted">{exchange}</span>
        </h2>
        <TradeButtons of={ref} />
        {choices.length > 1 && (
          <Segmented
            label={t('Levels of the book')}
            className="ml-auto h-7"
            value={String(levels)}
            options={choices.map((one) => ({ value: String(one), label: String(one) }))}
            onChange={(one) => setWanted(Number(one))}
          />
        )}
      </header>
      {hasBook ? (
        <>
          <FeedNotice />
          <div className="min-h-0 flex-1 overflow-auto">
            <Ladder of={ref} levels={levels} own={own} tickSize={tickSize} />
            <BookState of={ref} query={snapshot} />
          </div>
        </>
      ) : (
        <EmptyState
          title={t('{{symbol}} is an index: it has no order book', { symbol })}
          hint={t('Its future and options have one.')}
        />
      )}
    </section>
  );
}

interface LadderProps {
  of: InstrumentRef;
  levels: number;
  own: ReturnType<typeof ownByPrice>;
  tickSize: number | null;
}

function Ladder({ of, levels, own, tickSize }: LadderProps) {
  const places = Array.from({ length: levels }, (_, at) => at);
  const row = { of, levels, own, tickSize };
  return (
    <table
      aria-label={t('Market depth of {{symbol}}', { symbol: of.symbol })}
      onKeyDown={walk}
      className="w-full table-fixed text-xs tabular-nums"
    >
      <thead>
        <tr className="h-6 text-2xs text-muted [&>th]:px-2 [&>th]:font-normal">
          <th scope="col" className="w-[22%] text-left">
            {t('Own')}
          </th>
          <th scope="col" className="text-right">
            {t('Bid qty')}
          </th>
          <th scope="col" className="w-[26%] text-center">
            {t('Price')}
          </th>
          <th scope="col" className="text-left">
            {t('Ask qty')}
          </th>
        </tr>
      </thead>
      <tbody>
        {places.toReversed().map((at) => (
          <LadderRow key={`sell:${at}`} side="sell" at={at} {...row} />
        ))}
        <tr className="h-9 border-line border-y bg-raised">
          <td colSpan={4} className="px-2">
            <span className="flex items-baseline justify-between gap-2">
              <span className="flex items-baseline gap-2">
                <Ltp of={of} tickSize={tickSize} className="font-semibold text-base" />
                <DayChange of={of} />
              </span>
              <Spread of={of} levels={levels} tickSize={tickSize} />
            </span>
          </td>
        </tr>
        {places.map((at) => (
          <LadderRow key={`buy:${at}`} side="buy" at={at} {...row} />
        ))}
      </tbody>
      <tfoot>
        <tr className="h-7 border-line border-t [&>td]:px-2">
          <td className="text-2xs text-muted">{t('Total')}</td>
          <td className="text-right">
            <Total of={of} side="buy" levels={levels} />
          </td>
          <td className="text-center text-2xs text-muted">
            <Balance of={of} levels={levels} />
          </td>
          <td>
            <Total of={of} side="sell" levels={levels} />
          </td>
        </tr>
      </tfoot>
    </table>
  );
}

/** Up and down walk the prices; gaps in the book are skipped. */
function walk(event: KeyboardEvent<HTMLTableElement>): void {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!step || !(event.target instanceof HTMLElement) || !event.target.dataset.level) return;
  const prices = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-level]')];
  event.preventDefault();
  prices[prices.indexOf(event.target) + step]?.focus();
}

interface FigureProps {
  of: InstrumentRef;
  levels: number;
}

function Spread({ of, levels, tickSize }: FigureProps & { tickSize: number | null }) {
  const spread = useQuoteValue(of, Mode.depth, spreadOf, levels);
  const ticks = spread !== null && tickSize ? Math.round(spread / tickSize) : null;
  return (
    <span className="text-2xs text-muted">
      {t('Spread')} <span className="tick">{formatPrice(spread, tickSize)}</span>
      {ticks !== null && ` · ${t('{{count}} ticks', { count: ticks, one: '{{count}} tick' })}`}
    </span>
  );
}

function Total({ of, side, levels }: FigureProps & { side: 'buy' | 'sell' }) {
  const total = useQuoteValue(of, Mode.depth, (quote) => totalOf(quote, side, levels), levels);
  return <span className="tick font-medium">{formatQuantity(total)}</span>;
}

function Balance({ of, levels }: FigureProps) {
  const bids = useQuoteValue(of, Mode.depth, (quote) => bidShare(quote, levels), levels);
  return bids === null ? null : <span className="tick">{t('{{share}}% bid', { share: bids })}</span>;
}

/** Prices that are old must not look like offers. */
function FeedNotice() {
  const isFresh = isFeedFresh(useFeedStatus());
  if (isFresh) return null;
  return (
    <p role="status" className="border-line border-b bg-raised px-2 py-1 text-warn text-xs">
      {t('The feed is down: this book is old.')}
    </p>
  );
}

interface BookStateProps {
  of: InstrumentRef;
  query: { error: unknown; isPending: boolean; refetch: () => unknown };
}

/** Why the ladder is empty, while it is. */
function BookState({ of, query }: BookStateProps) {
  const isEmpty = useQuoteValue(of, Mode.depth, ({ buy, sell }) => buy.length + sell.length === 0);
  if (!isEmpty) return null;
  if (query.error) return <ErrorState isCompact error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <p role="status" className="px-2 py-3 text-center text-muted text-xs">
      {query.isPending ? t('Asking for the book…') : t('No order rests in the book')}
    </p>
  );
}
