import { ArrowDown, ArrowUp, Minus, Plus, Trash2 } from 'lucide-react';
import { useEffect } from 'react';
import { Ltp } from '@/components/market/live';
import { Button } from '@/components/ui/button';
import { problemsOf, unitsOf } from '@/features/basket/model/legs';
import { messageOf } from '@/lib/api/errors';
import { cn } from '@/lib/cn';
import { formatQuantity } from '@/lib/format';
import { useInstrument } from '@/lib/instruments/queries';
import { productsOf } from '@/lib/instruments/schema';
import { needsPrice, needsTrigger, PRICE_TYPES, type PriceType } from '@/lib/orders/schema';
import { t } from '@/messages/words';
import { type BasketLeg, useBasket } from '@/stores/basket';

interface LegRowProps {
  leg: BasketLeg;
  number: number;
  isLast: boolean;
  onJudged: (id: string, facts: { isSound: boolean; strike: number | null }) => void;
}

const BOX = 'h-7 min-w-0 rounded border border-field bg-panel px-1.5 text-xs disabled:opacity-45 max-md:h-10';

/** One leg with everything that can be changed about it; the contract master says whether it may be sent. */
export function LegRow({ leg, number, isLast, onJudged }: LegRowProps) {
  const { change, remove, move } = useBasket();
  const { data, error } = useInstrument(leg);
  const instrument = data ?? null;
  const problems = Object.values(problemsOf(leg, instrument)).flat();
  const shown = error ? [messageOf(error)] : problems;
  const isSound = instrument !== null && problems.length === 0;
  const strike = instrument?.strike || null;
  useEffect(() => onJudged(leg.id, { isSound, strike }), [onJudged, leg.id, isSound, strike]);

  const set = (changed: Partial<BasketLeg>) => change(leg.id, changed);
  const name = t('Leg {{number}}', { number });
  return (
    <li
      aria-label={`${name}: ${leg.action} ${leg.symbol}`}
      data-symbol={leg.symbol}
      data-exchange={leg.exchange}
      className={cn('border-line border-b px-3 py-1', !leg.isOn && 'opacity-60')}
    >
      <div className="grid items-center gap-2 md:grid-cols-[1rem_2.5rem_minmax(10rem,1fr)_8rem_5.5rem_5.5rem_5.5rem_5rem_4.5rem_5.5rem] max-md:flex max-md:flex-wrap">
        <input
          type="checkbox"
          aria-label={t('{{name}} counts', { name })}
          checked={leg.isOn}
          onChange={(event) => set({ isOn: event.target.checked })}
          className="size-4 accent-[var(--accent)]"
        />
        <button
          type="button"
          aria-label={t('{{name}} side: {{side}}', { name, side: leg.action })}
          onClick={() => set({ action: leg.action === 'BUY' ? 'SELL' : 'BUY' })}
          className={cn(
            'h-6 rounded-[3px] font-semibold text-2xs text-white max-md:h-9 max-md:w-14',
            leg.action === 'BUY' ? 'bg-buy-fill' : 'bg-sell-fill',
          )}
        >
          {leg.action}
        </button>
        <span className="min-w-0 flex-1 truncate font-medium max-md:basis-40">
          {leg.symbol} <span className="font-normal text-2xs text-muted">{leg.exchange}</span>
        </span>
        <span aria-hidden className="hidden max-md:order-1 max-md:block max-md:basis-full" />
        <Lots leg={leg} name={name} onChange={(lots) => set({ lots })} />
        <select
          aria-label={t('{{name}} order type', { name })}
          value={leg.pricetype}
          onChange={(event) => set({ pricetype: event.target.value as PriceType })}
          className={cn(BOX, 'max-md:order-3')}
        >
          {PRICE_TYPES.map((type) => (
            <option key={type}>{type}</option>
          ))}
        </select>
        <PriceBox
          label={t('{{name}} price', { name })}
          placeholder={needsPrice(leg.pricetype) ? t('Price') : t('Market')}
          value={needsPrice(leg.pricetype) ? leg.price : ''}
          isOff={!needsPrice(leg.pricetype)}
          onChange={(price) => set({ price })}
        />
        <PriceBox
          label={t('{{name}} trigger price', { name })}
          placeholder={needsTrigger(leg.pricetype) ? t('Trigger') : '–'}
          value={needsTrigger(leg.pricetype) ? leg.trigger_price : ''}
          isOff={!needsTrigger(leg.pricetype)}
          onChange={(trigger_price) => set({ trigger_price })}
        />
        <select
          aria-label={t('{{name}} product', { name })}
          value={leg.product}
          onChange={(event) => set({ product: event.target.value })}
          className={cn(BOX, 'max-md:order-3')}
        >
          {productsOf(leg.exchange).map((product) => (
            <option key={product}>{product}</option>
          ))}
        </select>
        <span className="text-right text-xs">
          <Ltp of={leg} tickSize={leg.tickSize} />
        </span>
        <span className="flex justify-end gap-0.5 max-md:[&_button]:size-9">
          <Button
            size="iconXs"
            variant="ghost"
            className="max-md:hidden"
            aria-label={t('Move {{name}} up', { name })}
            disabled={number === 1}
            onClick={() => move(leg.id, -1)}
          >
            <ArrowUp />
          </Button>
          <Button
            size="iconXs"
            variant="ghost"
            className="max-md:hidden"
            aria-label={t('Move {{name}} down', { name })}
            disabled={isLast}
            onClick={() => move(leg.id, 1)}
          >
            <ArrowDown />
          </Button>
          <Button
            size="iconXs"
            variant="ghost"
            aria-label={t('Remove {{name}}', { name })}
            onClick={() => remove(leg.id)}
          >
            <Trash2 />
          </Button>
        </span>
      </div>
      {shown.map((text) => (
        <p key={text} role="alert" className="text-down text-xs">
          {text}
        </p>
      ))}
    </li>
  );
}

function Lots({ leg, name, onChange }: { leg: BasketLeg; name: string; onChange: (lots: number) => void }) {
  const step =
    'grid h-7 w-6 place-items-center border-field text-muted hover:bg-hover max-md:h-10 max-md:w-9';
  return (
    <span className="flex items-center gap-1 max-md:order-2">
      <span className="flex">
        <button
          type="button"
          aria-label={t('{{name}}: one lot less', { name })}
          disabled={leg.lots <= 1}
          onClick={() => onChange(leg.lots - 1)}
          className={cn(step, 'rounded-l border-y border-l disabled:opacity-45')}
        >
          <Minus className="size-3" />
        </button>
        <input
          aria-label={t('{{name}} lots', { name })}
          inputMode="numeric"
          value={leg.lots}
          onChange={(event) => {
            const lots = Number(event.target.value.replaceAll(/\D/g, ''));
            if (lots >= 1 && lots <= 10_000) onChange(lots);
          }}
          onFocus={(event) => event.target.select()}
          className="h-7 w-9 border border-field bg-panel text-center text-xs tabular-nums focus-visible:relative max-md:h-10"
        />
        <button
          type="button"
          aria-label={t('{{name}}: one lot more', { name })}
          onClick={() => onChange(leg.lots + 1)}
          className={cn(step, 'rounded-r border-y border-r')}
        >
          <Plus className="size-3" />
        </button>
      </span>
      <span className="truncate text-2xs text-muted tabular-nums">× {formatQuantity(leg.lotSize)}</span>
      <span className="sr-only">{t('makes {{units}}', { units: formatQuantity(unitsOf(leg)) })}</span>
    </span>
  );
}

interface PriceBoxProps {
  label: string;
  placeholder: string;
  value: string;
  isOff: boolean;
  onChange: (value: string) => void;
}

function PriceBox({ label, placeholder, value, isOff, onChange }: PriceBoxProps) {
  return (
    <input
      aria-label={label}
      inputMode="decimal"
      autoComplete="off"
      placeholder={placeholder}
      disabled={isOff}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className={cn(
        BOX,
        'text-right tabular-nums placeholder:text-muted max-md:order-3 max-md:w-24',
        isOff && 'max-md:hidden',
      )}
    />
  );
}
