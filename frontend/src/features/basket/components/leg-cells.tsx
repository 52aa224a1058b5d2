import { Minus, Plus } from 'lucide-react';
import type { Column } from '@/components/data-table/types';
import { Ltp } from '@/components/market/live';
import { unitsOf } from '@/features/basket/model/legs';
import { cn } from '@/lib/cn';
import { formatQuantity } from '@/lib/format';
import { productsOf } from '@/lib/instruments/schema';
import { needsPrice, needsTrigger, PRICE_TYPES, type PriceType } from '@/lib/orders/schema';
import { t } from '@/messages/words';
import type { BasketLeg } from '@/stores/basket';

/** What a cell of a leg shows and changes. `name` is the leg's for screen readers. */
export interface LegCell {
  leg: BasketLeg;
  name: string;
  set: (changed: Partial<BasketLeg>) => void;
}

const BOX = 'h-7 min-w-0 rounded border border-field bg-panel px-1.5 text-xs disabled:opacity-45 max-md:h-10';

const TRIGGER: Column<LegCell> = {
  id: 'trigger',
  title: t('Trigger'),
  width: 88,
  cell: ({ leg, name, set }) => (
    <PriceBox
      label={t('{{name}} trigger price', { name })}
      placeholder={needsTrigger(leg.pricetype) ? t('Trigger') : '–'}
      value={needsTrigger(leg.pricetype) ? leg.trigger_price : ''}
      isOff={!needsTrigger(leg.pricetype)}
      onChange={(trigger_price) => set({ trigger_price })}
    />
  ),
};

/** What makes the order cannot be put away, only moved. */
const COLUMNS: Column<LegCell>[] = [
  {
    id: 'lots',
    title: t('Lots'),
    width: 128,
    isFixed: true,
    cell: ({ leg, name, set }) => <Lots leg={leg} name={name} onChange={(lots) => set({ lots })} />,
  },
  {
    id: 'pricetype',
    title: t('Type'),
    width: 88,
    isFixed: true,
    cell: ({ leg, name, set }) => (
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
    ),
  },
  {
    id: 'price',
    title: t('Price'),
    width: 88,
    isFixed: true,
    cell: ({ leg, name, set }) => (
      <PriceBox
        label={t('{{name}} price', { name })}
        placeholder={needsPrice(leg.pricetype) ? t('Price') : t('Market')}
        value={needsPrice(leg.pricetype) ? leg.price : ''}
        isOff={!needsPrice(leg.pricetype)}
        onChange={(price) => set({ price })}
      />
    ),
  },
  TRIGGER,
  {
    id: 'product',
    title: t('Product'),
    width: 80,
    isFixed: true,
    cell: ({ leg, name, set }) => (
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
    ),
  },
  {
    id: 'ltp',
    title: 'LTP',
    width: 72,
    cell: ({ leg }) => (
      <span className="text-right text-xs">
        <Ltp of={leg} tickSize={leg.tickSize} />
      </span>
    ),
  },
];
const COLUMNS_WITH_TRIGGER = COLUMNS.map((column) =>
  column === TRIGGER ? { ...TRIGGER, isFixed: true } : column,
);

/** The columns of these legs: a trigger that one of them needs is always there. */
export function legColumns(legs: readonly BasketLeg[]): Column<LegCell>[] {
  return legs.some(({ pricetype }) => needsTrigger(pricetype)) ? COLUMNS_WITH_TRIGGER : COLUMNS;
}

/** Box, side and symbol in front, buttons behind. */
export function tracksOf(columns: readonly Column<LegCell>[]): string {
  return `1rem 2.5rem minmax(10rem, 1fr) ${columns.map(({ width }) => `${width}px`).join(' ')} 5.5rem`;
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
