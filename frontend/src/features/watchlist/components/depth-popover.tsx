import { Popover } from 'radix-ui';
import type { ReactNode, RefObject } from 'react';
import { DayChange, Ltp } from '@/components/market/live';
import { formatPrice, formatQuantity } from '@/lib/format';
import { isTradable } from '@/lib/instruments/schema';
import { useQuoteValue } from '@/lib/market-data/context';
import { type DepthLevel, type InstrumentRef, Mode, type Quote } from '@/lib/market-data/protocol';
import type { Action } from '@/lib/orders/schema';
import { t } from '@/messages/words';
import { openTicket } from '@/stores/ticket';

const LEVELS = [0, 1, 2, 3, 4];
const FIGURES = ['open', 'high', 'low', 'close'] as const;

interface DepthPopoverProps {
  of: InstrumentRef | null;
  /** The row it stands beside; focus goes back there. */
  anchor: RefObject<HTMLElement | null>;
  onClose: () => void;
}

/** Five levels of the book beside a row; a price opens the ticket with a limit order that meets it. */
export function DepthPopover({ of, anchor, onClose }: DepthPopoverProps) {
  return (
    <Popover.Root open={of !== null} onOpenChange={(open) => !open && onClose()}>
      <Popover.Anchor virtualRef={anchor as RefObject<HTMLElement>} />
      <Popover.Portal>
        <Popover.Content
          side="right"
          align="start"
          sideOffset={6}
          collisionPadding={8}
          aria-label={of ? t('Market depth of {{symbol}}', { symbol: of.symbol }) : undefined}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            anchor.current?.focus();
          }}
          className="z-50 w-72 rounded-md border border-line-strong bg-panel p-3 text-xs shadow-[var(--shadow)]"
        >
          {of && <Depth of={of} onClose={onClose} />}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Depth({ of, onClose }: { of: InstrumentRef; onClose: () => void }) {
  const buy = useQuoteValue(of, Mode.depth, (quote) => quote.buy);
  const sell = useQuoteValue(of, Mode.depth, (quote) => quote.sell);
  const isTraded = isTradable(of.exchange);
  const open = (action: Action, price: number) => {
    onClose();
    openTicket({ ...of, action, pricetype: 'LIMIT', price });
  };
  return (
    <>
      <p className="flex items-baseline gap-2 text-sm">
        <span className="min-w-0 flex-1 truncate font-semibold">{of.symbol}</span>
        <Ltp of={of} className="font-medium" />
        <DayChange of={of} />
      </p>
      {isTraded && (
        <table aria-label={t('Market depth')} className="mt-2 w-full table-fixed tabular-nums">
          <thead>
            <tr className="text-2xs text-muted">
              <Head>{t('Qty')}</Head>
              <Head isRight>{t('Bid')}</Head>
              <Head isApart>{t('Ask')}</Head>
              <Head isRight>{t('Qty')}</Head>
            </tr>
          </thead>
          <tbody>
            {LEVELS.map((level) => (
              <tr key={level} className="h-6">
                <td className="tick">{quantityOf(buy[level])}</td>
                <td className="text-right">
                  <Price level={buy[level]} action="SELL" onPick={open} />
                </td>
                <td className="pl-3">
                  <Price level={sell[level]} action="BUY" onPick={open} />
                </td>
                <td className="tick text-right">{quantityOf(sell[level])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Figures of={of} />
    </>
  );
}

function Head({ children, isRight, isApart }: { children: ReactNode; isRight?: boolean; isApart?: boolean }) {
  return (
    <th
      scope="col"
      className={`font-normal ${isRight ? 'text-right' : 'text-left'} ${isApart ? 'pl-3' : ''}`}
    >
      {children}
    </th>
  );
}

const quantityOf = (level: DepthLevel | undefined) => (level ? formatQuantity(level.quantity) : '–');

interface PriceProps {
  level: DepthLevel | undefined;
  action: Action;
  onPick: (action: Action, price: number) => void;
}

function Price({ level, action, onPick }: PriceProps) {
  if (!level) return <span className="text-muted">–</span>;
  const price = formatPrice(level.price);
  return (
    <button
      type="button"
      aria-label={t('{{action}} at {{price}}', { action, price })}
      onClick={() => onPick(action, level.price)}
      className={`tick min-h-6 rounded hover:underline ${action === 'SELL' ? 'text-buy' : 'text-sell'}`}
    >
      {price}
    </button>
  );
}

function Figures({ of }: { of: InstrumentRef }) {
  const names = {
    open: t('Open', { context: 'price' }),
    high: t('High'),
    low: t('Low'),
    close: t('Previous close'),
  };
  return (
    <dl className="mt-2 grid grid-cols-2 gap-x-4 gap-y-0.5 border-line border-t pt-2">
      {FIGURES.map((figure) => (
        <Figure key={figure} of={of} name={names[figure]} read={(quote) => formatPrice(quote[figure])} />
      ))}
      <Figure of={of} name={t('Volume')} read={({ volume }) => formatQuantity(volume || null)} />
      <Figure of={of} name={t('Open interest')} read={({ oi }) => formatQuantity(oi || null)} />
    </dl>
  );
}

function Figure({ of, name, read }: { of: InstrumentRef; name: string; read: (quote: Quote) => string }) {
  const text = useQuoteValue(of, Mode.quote, read);
  return (
    <div className="flex justify-between gap-2">
      <dt className="text-muted">{name}</dt>
      <dd className="tick tabular-nums">{text}</dd>
    </div>
  );
}
