import { memo, type ReactNode } from 'react';
import type { ChainLeg, ChainRow } from '@/features/option-chain/api/get-chain';
import { CELLS } from '@/features/option-chain/components/cells';
import type { ChainColumn } from '@/features/option-chain/model/columns';
import { isInTheMoney, type SideName } from '@/features/option-chain/model/rows';
import { cn } from '@/lib/cn';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import type { Action } from '@/lib/orders/schema';
import { t } from '@/messages/words';

export type OnTrade = (leg: ChainLeg, action: Action) => void;

interface ChainRowProps {
  row: ChainRow;
  exchange: string;
  columns: readonly ChainColumn[];
  isAtm: boolean;
  /** Prices and strikes are compared against this to shade what is in the money. */
  price: number | null;
  mostInterest: number;
  /** The side that the Tab key reaches, null when it is in another row. */
  reachable: SideName | null;
  rowIndex: number;
  /** A phone opens a sheet; the desk has buttons beside the strike. */
  onOpen?: (leg: ChainLeg) => void;
  onTrade: OnTrade;
}

const SIDES = ['ce', 'pe'] as const;

/** One strike: the call, the strike, the put. Only the cells render when prices tick. */
export const ChainTableRow = memo(function ChainTableRow(props: ChainRowProps) {
  const { row, isAtm } = props;
  const [call, put] = SIDES.map((side) => <Side key={side} {...props} side={side} leg={row[side]} />);
  return (
    <tr
      aria-rowindex={props.rowIndex}
      className={cn('group/row h-[26px] hover:bg-hover focus-within:bg-hover', props.onOpen && 'h-11')}
    >
      {call}
      <th
        scope="row"
        className={cn(
          'h-[26px] border-line border-x border-b bg-panel px-1 text-center font-semibold tabular-nums',
          isAtm && 'bg-raised shadow-[inset_0_0_0_1px_var(--accent)]',
        )}
      >
        {strikeText(row.strike)}
        {isAtm && <span className="sr-only"> {t('at the money')}</span>}
      </th>
      {put}
    </tr>
  );
});

export function strikeText(strike: number): string {
  return strike.toLocaleString('en-IN', { maximumFractionDigits: 4 });
}

interface SideProps extends ChainRowProps {
  side: SideName;
  leg: ChainLeg | null;
}

function Side(props: SideProps) {
  const { side, leg, columns, exchange, onOpen } = props;
  const shade = isInTheMoney(side, props.row.strike, props.price) && 'bg-raised/45';
  if (!leg)
    return (
      <td
        colSpan={columns.length + (onOpen ? 0 : 1)}
        className={cn('border-line border-b text-center text-muted', shade)}
      >
        {t('not listed')}
      </td>
    );
  const of = { symbol: leg.symbol, exchange };
  const cells: ReactNode[] = columns.map(({ id }) => (
    <td
      key={id}
      data-symbol={leg.symbol}
      data-exchange={exchange}
      {...(id === 'ltp' && {
        'data-cell': `${props.row.strike}:${side}`,
        tabIndex: props.reachable === side ? 0 : -1,
      })}
      className={cn(
        'h-[26px] truncate border-line border-b px-1 text-right tabular-nums outline-offset-[-2px]',
        id === 'oi' && 'relative',
        shade,
      )}
    >
      {id === 'oi' && <Bar side={side} part={props.mostInterest ? (leg.oi ?? 0) / props.mostInterest : 0} />}
      {id === 'ltp' && onOpen ? (
        <button
          type="button"
          aria-label={t('Trade {{symbol}}', { symbol: leg.symbol })}
          className="h-9 w-full text-right"
          onClick={() => onOpen(leg)}
        >
          {CELLS[id]({ of, leg })}
        </button>
      ) : (
        CELLS[id]({ of, leg })
      )}
    </td>
  ));
  if (!onOpen) cells.push(<Buttons key="trade" {...props} of={of} leg={leg} shade={shade} />);
  return side === 'ce' ? cells : cells.reverse();
}

/** Open interest as a bar behind its figure, growing away from the strike. */
function Bar({ side, part }: { side: SideName; part: number }) {
  if (part <= 0) return null;
  return (
    <span
      aria-hidden
      style={{ width: `${Math.round(part * 100)}%` }}
      className={cn(
        'absolute inset-y-[3px] rounded-[2px]',
        side === 'ce' ? 'right-0 bg-sell-fill/30' : 'left-0 bg-buy-fill/30',
      )}
    />
  );
}

interface ButtonsProps extends SideProps {
  of: InstrumentRef;
  leg: ChainLeg;
  shade: string | false;
}

/** B and S of one contract: shown under the pointer, and always where nothing can hover. */
function Buttons({ leg, of, onTrade, shade }: ButtonsProps) {
  return (
    <td
      data-symbol={of.symbol}
      data-exchange={of.exchange}
      className={cn('h-[26px] border-line border-b px-1', shade)}
    >
      <span className="flex justify-center gap-1 opacity-0 group-focus-within/row:opacity-100 group-hover/row:opacity-100 [@media(hover:none)]:opacity-100">
        {(['BUY', 'SELL'] as const).map((action) => (
          <button
            key={action}
            type="button"
            tabIndex={-1}
            aria-label={
              action === 'BUY'
                ? t('Buy {{symbol}}', { symbol: leg.symbol })
                : t('Sell {{symbol}}', { symbol: leg.symbol })
            }
            onClick={() => onTrade(leg, action)}
            className={cn(
              'size-6 rounded-[3px] font-semibold text-2xs text-white hover:brightness-110',
              action === 'BUY' ? 'bg-buy-fill' : 'bg-sell-fill',
            )}
          >
            {action.charAt(0)}
          </button>
        ))}
      </span>
    </td>
  );
}
