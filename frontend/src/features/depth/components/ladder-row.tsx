import { levelOf, type OwnUnits, priceKey, type Side, shareOf, TAKES } from '@/features/depth/hooks/ladder';
import { cn } from '@/lib/cn';
import { formatPrice, formatQuantity } from '@/lib/format';
import { useQuoteValue } from '@/lib/market-data/context';
import { type InstrumentRef, Mode } from '@/lib/market-data/protocol';
import { t } from '@/messages/words';
import { offerPrice } from '@/stores/ticket';

export interface Place {
  of: InstrumentRef;
  side: Side;
  /** 0 is the best price of its side. */
  at: number;
  levels: number;
}

interface LadderRowProps extends Place {
  own: ReadonlyMap<string, OwnUnits>;
  tickSize: number | null;
}

/** One level. Every cell asks for its own figure, so that a tick renders the cells that it changes. */
export function LadderRow({ own, tickSize, ...place }: LadderRowProps) {
  const isBid = place.side === 'buy';
  return (
    <tr className="h-[22px] hover:bg-hover max-md:h-8">
      <OwnCell {...place} own={own} />
      {isBid ? <QuantityCell {...place} /> : <td />}
      <PriceCell {...place} tickSize={tickSize} />
      {isBid ? <td /> : <QuantityCell {...place} />}
    </tr>
  );
}

function QuantityCell({ of, side, at, levels }: Place) {
  const quantity = useQuoteValue(
    of,
    Mode.depth,
    (quote) => levelOf(quote, side, at)?.quantity ?? null,
    levels,
  );
  const share = useQuoteValue(of, Mode.depth, (quote) => shareOf(quote, side, at, levels), levels);
  const isBid = side === 'buy';
  return (
    <td className={cn('relative px-2', isBid ? 'text-right' : 'text-left')}>
      <span
        aria-hidden
        className={cn(
          'absolute inset-y-px w-full opacity-25',
          isBid ? 'right-0 origin-right bg-buy-fill' : 'left-0 origin-left bg-sell-fill',
        )}
        style={{ transform: `scaleX(${share / 100})` }}
      />
      <span className="tick relative">{quantity === null ? '–' : formatQuantity(quantity)}</span>
    </td>
  );
}

function PriceCell({ of, side, at, levels, tickSize }: Place & { tickSize: number | null }) {
  const price = useQuoteValue(of, Mode.depth, (quote) => levelOf(quote, side, at)?.price ?? null, levels);
  if (price === null) return <td className="text-center text-muted">–</td>;
  const text = formatPrice(price, tickSize);
  const action = TAKES[side];
  return (
    <td className="px-1 text-center">
      <button
        type="button"
        // The best price of each side is in the tab order; the arrows reach the others.
        tabIndex={at === 0 ? 0 : -1}
        data-level={`${side}:${at}`}
        aria-label={
          action === 'BUY'
            ? t('Buy {{symbol}} at {{price}}', { symbol: of.symbol, price: text })
            : t('Sell {{symbol}} at {{price}}', { symbol: of.symbol, price: text })
        }
        title={
          action === 'BUY'
            ? t('Buy at {{price}}; with Shift sell', { price: text })
            : t('Sell at {{price}}; with Shift buy', { price: text })
        }
        onClick={(event) =>
          offerPrice(of, price, event.shiftKey ? TAKES[side === 'buy' ? 'sell' : 'buy'] : action)
        }
        className={cn(
          'tick h-full w-full rounded-[3px] font-medium tabular-nums hover:underline',
          side === 'buy' ? 'text-buy' : 'text-sell',
        )}
      >
        {text}
      </button>
    </td>
  );
}

function OwnCell({ of, side, at, levels, own }: Place & { own: ReadonlyMap<string, OwnUnits> }) {
  const key = useQuoteValue(
    of,
    Mode.depth,
    (quote) => {
      const price = levelOf(quote, side, at)?.price;
      return price === undefined ? null : priceKey(price);
    },
    levels,
  );
  const units = key === null ? undefined : own.get(key);
  return (
    <td className="px-1 text-2xs">
      {units && (
        <span className="inline-flex gap-1 whitespace-nowrap font-semibold">
          {units.buy > 0 && (
            <span className="rounded-[3px] bg-buy-fill px-1 text-white">B {formatQuantity(units.buy)}</span>
          )}
          {units.sell > 0 && (
            <span className="rounded-[3px] bg-sell-fill px-1 text-white">S {formatQuantity(units.sell)}</span>
          )}
          {units.hasTrigger && <span className="text-muted">{t('trg')}</span>}
        </span>
      )}
    </td>
  );
}
