import { ChartCandlestick, Rows4 } from 'lucide-react';
import { memo, type PointerEvent, type ReactNode } from 'react';
import type { Column } from '@/components/data-table/types';
import { DayChange, Ltp } from '@/components/market/live';
import { Button } from '@/components/ui/button';
import { RupeeChange, Volume } from '@/features/watchlist/components/cells';
import type { RowAct } from '@/features/watchlist/components/row-menu';
import { roomOf } from '@/features/watchlist/components/watch-columns';
import type { Density } from '@/features/watchlist/hooks/use-watch-view';
import { hasPrice, type RowLine } from '@/features/watchlist/model/lines';
import { cn } from '@/lib/cn';
import { isTradable } from '@/lib/instruments/schema';
import type { Row } from '@/lib/watchlists/model';
import { t } from '@/messages/words';

interface WatchRowProps {
  line: RowLine;
  at: number;
  count: number;
  top: number;
  height: number;
  density: Density;
  columns: readonly Column<Row>[];
  isNarrow: boolean;
  isReachable: boolean;
  isSelected: boolean;
  isDragged: boolean;
  /** Under the pointer, focused, or with its menu open: only such a row carries its buttons. */
  isActive: boolean;
  menu: ReactNode;
  act: (act: RowAct, line: RowLine) => void;
  onActive: (key: string) => void;
  onPress: (event: PointerEvent, line: RowLine) => void;
}

/** One instrument. Its figures are cells of their own: a tick renders nothing here. */
export const WatchRow = memo(function WatchRow(props: WatchRowProps) {
  const { line, density, isNarrow, act } = props;
  const { row } = line;
  const isPriced = hasPrice(row);
  // On a phone the buttons always show: what is left of the width belongs to the name.
  const isTwoLines = density === 'comfortable' || isNarrow;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list handles the keyboard of its rows.
    <li
      tabIndex={props.isReachable ? 0 : -1}
      data-line={line.key}
      {...(isPriced && { 'data-symbol': row.symbol, 'data-exchange': row.exchange })}
      aria-posinset={props.at + 1}
      aria-setsize={props.count}
      aria-current={props.isSelected || undefined}
      onPointerDown={(event) => props.onPress(event, line)}
      onPointerEnter={() => props.onActive(line.key)}
      onFocus={() => props.onActive(line.key)}
      onClick={() => act('select', line)}
      className={cn(
        'absolute inset-x-0 flex items-center gap-2 border-line border-b px-2 outline-offset-[-2px] focus-visible:bg-hover max-md:px-3',
        props.isActive && 'bg-hover',
        props.isSelected && 'bg-hover shadow-[inset_2px_0_0_var(--accent)]',
        props.isDragged && 'opacity-40',
      )}
      style={{ transform: `translateY(${props.top}px)`, height: props.height }}
    >
      <Name row={row} isTwoLines={isTwoLines} />
      {isPriced ? (
        <Figures row={row} columns={props.columns} isTwoLines={isTwoLines} isNarrow={isNarrow} />
      ) : (
        <span className="rounded-[3px] bg-raised px-1.5 text-2xs text-warn leading-4">
          {row.state === 'expired' ? t('Expired', { context: 'contract' }) : t('Not at this broker')}
        </span>
      )}
      {(props.isActive || isNarrow) && (
        // biome-ignore lint/a11y/noStaticElementInteractions: a press on a button does not choose the row.
        // biome-ignore lint/a11y/useKeyWithClickEvents: the buttons within have their own keys.
        <span
          onClick={(event) => event.stopPropagation()}
          className="absolute right-1 flex items-center gap-1 bg-hover pl-2 max-md:static max-md:bg-transparent max-md:pl-0 max-md:[&_button]:size-9"
        >
          {isPriced && <Buttons line={line} isNarrow={isNarrow} act={act} />}
          {props.menu}
        </span>
      )}
    </li>
  );
});

function Name({ row, isTwoLines }: { row: Row; isTwoLines: boolean }) {
  const detail = [row.exchange, row.expiry ?? (row.name === row.symbol ? null : row.name)]
    .filter(Boolean)
    .join(' · ');
  return (
    <span className="min-w-0 flex-1 truncate" title={`${row.symbol} · ${detail}`}>
      <span className={cn('font-medium', !hasPrice(row) && 'text-muted line-through')}>{row.symbol}</span>{' '}
      <span className={cn('text-2xs text-muted', isTwoLines && 'block truncate')}>
        {isTwoLines ? detail : row.exchange}
      </span>
    </span>
  );
}

interface FiguresProps {
  row: Row;
  columns: readonly Column<Row>[];
  isTwoLines: boolean;
  isNarrow: boolean;
}

function Figures({ row, columns, isTwoLines, isNarrow }: FiguresProps) {
  if (isTwoLines) {
    return (
      <>
        <Volume of={row} className="@min-[26rem]:inline hidden w-20 text-right text-xs" />
        <span className="text-right">
          <Ltp of={row} className="block font-medium" />
          <span className="text-2xs">
            {!isNarrow && <RupeeChange of={row} />} <DayChange of={row} />
          </span>
        </span>
      </>
    );
  }
  // The first one is as wide as it is, so that names have the room; the others stand below each other.
  return columns.map((column, at) => (
    <span
      key={column.id}
      data-column={column.id}
      className={cn('shrink-0 truncate text-right text-xs', roomOf(column))}
      style={{ width: at > 0 ? column.width : undefined }}
    >
      {column.cell(row)}
    </span>
  ));
}

interface ButtonsProps {
  line: RowLine;
  isNarrow: boolean;
  act: (act: RowAct, line: RowLine) => void;
}

function Buttons({ line, isNarrow, act }: ButtonsProps) {
  const { symbol, exchange } = line.row;
  return (
    <>
      {isTradable(exchange) && (
        <>
          <Button
            size="iconXs"
            variant="buyGhost"
            aria-label={t('Buy {{symbol}}', { symbol })}
            onClick={() => act('buy', line)}
          >
            B
          </Button>
          <Button
            size="iconXs"
            variant="sellGhost"
            aria-label={t('Sell {{symbol}}', { symbol })}
            onClick={() => act('sell', line)}
          >
            S
          </Button>
        </>
      )}
      {!isNarrow && (
        <>
          <Button
            size="iconXs"
            variant="ghost"
            aria-label={t('Market depth of {{symbol}}', { symbol })}
            onClick={() => act('depth', line)}
          >
            <Rows4 />
          </Button>
          <Button
            size="iconXs"
            variant="ghost"
            aria-label={t('Chart of {{symbol}}', { symbol })}
            onClick={() => act('chart', line)}
          >
            <ChartCandlestick />
          </Button>
        </>
      )}
    </>
  );
}
