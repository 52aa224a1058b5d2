import { DayChange, Ltp } from '@/components/market/live';
import { formatPrice, formatQuantity } from '@/lib/format';
import { useQuoteValue } from '@/lib/market-data/context';
import { type DepthLevel, type InstrumentRef, Mode } from '@/lib/market-data/protocol';
import { t } from '@/messages/words';

interface QuoteStripProps {
  of: InstrumentRef;
  tickSize: number | null;
  /** Without the levels, which stand beside it already. */
  isCompact?: boolean;
  onPick: (price: number) => void;
}

/** Last price, change and five levels of the book; a level's price can be picked for the order. */
export function QuoteStrip({ of, tickSize, isCompact, onPick }: QuoteStripProps) {
  return (
    <div className="border-line border-b px-3 py-2">
      <p className="flex items-baseline gap-3">
        <Ltp of={of} tickSize={tickSize} className="font-semibold text-base" />
        <DayChange of={of} />
        <Touch of={of} side="bid" tickSize={tickSize} />
        <Touch of={of} side="ask" tickSize={tickSize} />
      </p>
      {!isCompact && <Levels of={of} tickSize={tickSize} onPick={onPick} />}
    </div>
  );
}

function Levels({ of, tickSize, onPick }: Omit<QuoteStripProps, 'isCompact'>) {
  const buy = useQuoteValue(of, Mode.depth, (quote) => quote.buy);
  const sell = useQuoteValue(of, Mode.depth, (quote) => quote.sell);
  return (
    <table
      aria-label={t('Market depth')}
      className="mt-1 w-full table-fixed text-xs tabular-nums max-md:hidden"
    >
      <thead>
        <tr className="text-left text-2xs text-muted">
          <th scope="col" className="font-normal">
            {t('Bid')}
          </th>
          <th scope="col" className="pr-3 text-right font-normal">
            {t('Qty')}
          </th>
          <th scope="col" className="pl-3 font-normal">
            {t('Ask')}
          </th>
          <th scope="col" className="text-right font-normal">
            {t('Qty')}
          </th>
        </tr>
      </thead>
      <tbody>
        {[0, 1, 2, 3, 4].map((level) => (
          <tr key={level}>
            <Level level={buy[level]} tone="text-buy" tickSize={tickSize} onPick={onPick} />
            <Level level={sell[level]} tone="text-sell" tickSize={tickSize} onPick={onPick} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Touch({ of, side, tickSize }: { of: InstrumentRef; side: 'bid' | 'ask'; tickSize: number | null }) {
  const price = useQuoteValue(of, Mode.depth, (quote) => quote[side]);
  return (
    <span className={side === 'bid' ? 'ml-auto text-muted text-xs' : 'text-muted text-xs'}>
      {side === 'bid' ? t('Bid') : t('Ask')}{' '}
      <span className="tick font-medium text-text tabular-nums">{formatPrice(price, tickSize)}</span>
    </span>
  );
}

interface LevelProps {
  level: DepthLevel | undefined;
  tone: string;
  tickSize: number | null;
  onPick: (price: number) => void;
}

function Level({ level, tone, tickSize, onPick }: LevelProps) {
  const isAsk = tone === 'text-sell';
  return (
    <>
      <td className={isAsk ? 'pl-3' : undefined}>
        {level ? (
          <button
            type="button"
            tabIndex={-1}
            title={t('Use this price')}
            onClick={() => onPick(level.price)}
            className={`tick min-h-[18px] rounded hover:underline ${tone}`}
          >
            {formatPrice(level.price, tickSize)}
          </button>
        ) : (
          <span className="text-muted">–</span>
        )}
      </td>
      <td className={isAsk ? 'tick text-right' : 'tick pr-3 text-right'}>
        {level ? formatQuantity(level.quantity) : ''}
      </td>
    </>
  );
}
