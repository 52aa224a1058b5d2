import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { Chain, ChainLeg } from '@/features/option-chain/api/get-chain';
import { ChainTableRow, type OnTrade } from '@/features/option-chain/components/chain-row';
import { PriceLine } from '@/features/option-chain/components/price-line';
import type { ChainColumn } from '@/features/option-chain/model/columns';
import { largestInterest, placeOfPrice, type Walk, walk, withLine } from '@/features/option-chain/model/rows';
import { cn } from '@/lib/cn';
import { useQuoteValue } from '@/lib/market-data/context';
import { Mode } from '@/lib/market-data/protocol';
import { t } from '@/messages/words';

const ROW_HEIGHT = 26;
const TOUCH_HEIGHT = 44;
const LINE_HEIGHT = 22;
const BUTTONS_WIDTH = 56;
const STRIKE_WIDTH = 76;

interface ChainTableProps {
  chain: Chain;
  /** Where the options are listed. */
  exchange: string;
  columns: readonly ChainColumn[];
  onTrade: OnTrade;
  /** On a phone a tap opens the contract. */
  onOpen?: (leg: ChainLeg) => void;
}

/** Calls to the left, puts to the right, strikes between; only rows in view are there and subscribe to prices. */
export function ChainTable({ chain, exchange, columns, onTrade, onOpen }: ChainTableProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const rows = chain.chain;
  const spot = { symbol: chain.underlying_symbol, exchange: chain.underlying_exchange };
  // Renders again when the price passes a strike, not when it ticks.
  const place = useQuoteValue(spot, Mode.quote, ({ ltp }) => placeOfPrice(rows, ltp ?? chain.underlying_ltp));
  const items = useMemo(() => withLine(rows, place), [rows, place]);
  const most = useMemo(() => largestInterest(rows), [rows]);
  const [at, setAt] = useState<Walk>({ strike: chain.atm_strike, side: 'ce' });
  const reachable = rows.some(({ strike }) => strike === at.strike) ? at.strike : chain.atm_strike;
  const rowHeight = onOpen ? TOUCH_HEIGHT : ROW_HEIGHT;
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (items[index]?.kind === 'line' ? LINE_HEIGHT : rowHeight),
    overscan: 8,
  });
  useCentred(scroller, `${chain.underlying}:${chain.expiry_date}`, (place ?? rows.length / 2) * rowHeight);

  const onKeyDown = (event: KeyboardEvent) => {
    if (!(event.target instanceof HTMLElement) || !event.target.dataset.cell) return;
    const next = walk(rows, { ...at, strike: reachable }, event.key);
    if (!next) return;
    event.preventDefault();
    setAt(next);
    virtual.scrollToIndex(items.findIndex((item) => item.kind === 'row' && item.row.strike === next.strike));
    requestAnimationFrame(() =>
      scroller.current
        ?.querySelector<HTMLElement>(`[data-cell="${next.strike}:${next.side}"]`)
        ?.focus({ preventScroll: true }),
    );
  };
  const onFocus = (event: { target: EventTarget }) => {
    const cell = event.target instanceof HTMLElement ? event.target.dataset.cell : undefined;
    const [strike, side] = cell?.split(':') ?? [];
    if (side === 'ce' || side === 'pe') setAt({ strike: Number(strike), side });
  };

  const shown = virtual.getVirtualItems();
  const before = shown[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (shown.at(-1)?.end ?? 0);
  const price = place === null ? null : priceBetween(rows, place);
  const span = 2 * (columns.length + (onOpen ? 0 : 1)) + 1;
  const width =
    2 * (columns.reduce((sum, column) => sum + column.width, 0) + (onOpen ? 0 : BUTTONS_WIDTH)) +
    STRIKE_WIDTH;
  return (
    <div ref={scroller} className="min-h-0 flex-1 overflow-auto">
      <table
        aria-label={t('Option chain of {{underlying}}', { underlying: chain.underlying })}
        aria-rowcount={rows.length + 2}
        className={cn('w-full table-fixed border-separate border-spacing-0', onOpen ? 'text-sm' : 'text-xs')}
        style={{ minWidth: onOpen ? undefined : width }}
      >
        <Widths columns={columns} hasButtons={!onOpen} />
        <Head columns={columns} hasButtons={!onOpen} />
        <tbody onKeyDown={onKeyDown} onFocus={onFocus}>
          {before > 0 && <Spacer height={before} />}
          {shown.map(({ index }) => {
            const item = items[index];
            if (!item) return null;
            if (item.kind === 'line') return <PriceLine key="line" chain={chain} of={spot} span={span} />;
            const { strike } = item.row;
            return (
              <ChainTableRow
                key={strike}
                row={item.row}
                rowIndex={rows.indexOf(item.row) + 3}
                exchange={exchange}
                columns={columns}
                isAtm={strike === chain.atm_strike}
                price={price}
                mostInterest={most}
                reachable={strike === reachable ? at.side : null}
                onTrade={onTrade}
                onOpen={onOpen}
              />
            );
          })}
          {after > 0 && <Spacer height={after} />}
        </tbody>
      </table>
    </div>
  );
}

/** Any price between the two strikes shades the same rows, so ticks need not reach them. */
function priceBetween(rows: Chain['chain'], place: number): number {
  const below = rows[place - 1]?.strike;
  const above = rows[place]?.strike;
  if (below === undefined) return (above ?? 0) - 1;
  return above === undefined ? below + 1 : (below + above) / 2;
}

/** Opens with the money in the middle, once for each expiry; afterwards the reader scrolls. */
function useCentred(scroller: { current: HTMLDivElement | null }, name: string, offset: number): void {
  const done = useRef('');
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element || done.current === name) return;
    done.current = name;
    element.scrollTop = Math.max(0, offset - element.clientHeight / 2 + ROW_HEIGHT);
  }, [scroller, name, offset]);
}

/** The first row spans groups, so widths are said once for all of them. */
function Widths({ columns, hasButtons }: { columns: readonly ChainColumn[]; hasButtons: boolean }) {
  const side = [...columns.map(({ width }) => width), ...(hasButtons ? [BUTTONS_WIDTH] : [])];
  return (
    <colgroup>
      {[...side, STRIKE_WIDTH, ...[...side].reverse()].map((width, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a column is known by its place.
        <col key={place} style={{ width }} />
      ))}
    </colgroup>
  );
}

function Head({ columns, hasButtons }: { columns: readonly ChainColumn[]; hasButtons: boolean }) {
  const cell = 'sticky z-10 border-line border-b bg-panel px-1 font-medium text-muted text-xs';
  const span = columns.length + (hasButtons ? 1 : 0);
  const titles = columns.map(({ id, title, name, width }) => (
    <th
      key={id}
      scope="col"
      abbr={title}
      title={name}
      style={{ width }}
      className={cn(cell, 'top-6 h-6 text-right')}
    >
      {title}
    </th>
  ));
  const blank = hasButtons ? (
    <th scope="col" style={{ width: BUTTONS_WIDTH }} className={cn(cell, 'top-6 h-6')}>
      <span className="sr-only">{t('Trade')}</span>
    </th>
  ) : null;
  return (
    <thead>
      <tr>
        <th scope="colgroup" colSpan={span} className={cn(cell, 'top-0 h-6 text-center text-sell')}>
          {t('Calls')}
        </th>
        <td className={cn(cell, 'top-0 h-6')} style={{ width: STRIKE_WIDTH }} />
        <th scope="colgroup" colSpan={span} className={cn(cell, 'top-0 h-6 text-center text-buy')}>
          {t('Puts')}
        </th>
      </tr>
      <tr>
        {titles}
        {blank}
        <th scope="col" style={{ width: STRIKE_WIDTH }} className={cn(cell, 'top-6 h-6 text-center')}>
          {t('Strike')}
        </th>
        {blank}
        {[...titles].reverse()}
      </tr>
    </thead>
  );
}

function Spacer({ height }: { height: number }) {
  return (
    <tr aria-hidden>
      <td style={{ height, padding: 0 }} />
    </tr>
  );
}
