import type { Ref } from 'react';
import { NumberBox } from '@/components/order-form/number-box';
import type { OrderValues } from '@/components/order-form/order-values';
import { Segmented } from '@/components/ui/segmented';
import type { FieldErrors } from '@/lib/api/errors';
import { formatQuantity } from '@/lib/format';
import type { Instrument } from '@/lib/instruments/schema';
import { parseTyped } from '@/lib/numbers';
import { freezeSlices, lotsOf, roundToTick, stepQuantity } from '@/lib/orders/rules';
import { needsPrice, needsTrigger, PRICE_TYPES, type PriceType } from '@/lib/orders/schema';
import { t } from '@/messages/words';

interface OrderFieldsProps {
  values: OrderValues;
  errors: FieldErrors;
  instrument: Instrument | null;
  /** Where a price box starts when it is stepped while empty. */
  ltp: number | null;
  onChange: (change: Partial<OrderValues>) => void;
  quantityRef?: Ref<HTMLInputElement>;
  /** What the broker takes, where that is known. */
  priceTypes?: readonly PriceType[];
  /** Whether an order above the freeze limit may leave in parts. */
  canSplit?: boolean;
}

function quantityHint({ values, instrument, canSplit }: OrderFieldsProps): string | undefined {
  const lot = instrument?.lotsize;
  const slices = freezeSlices(parseTyped(values.quantity), instrument?.freeze_qty, lot);
  if (slices > 1) {
    const limits = { limit: formatQuantity(instrument?.freeze_qty), orders: slices };
    return canSplit
      ? t('Above the freeze limit {{limit}}: leaves in {{orders}} orders', limits)
      : t('Above the freeze limit {{limit}}: needs {{orders}} orders', limits);
  }
  return lot && lot > 1 ? t('Lot {{lot}}', { lot: formatQuantity(lot) }) : undefined;
}

/** Quantity, type and prices: shared by the ticket and the modify dialog. */
export function OrderFields(props: OrderFieldsProps) {
  const { values, errors, instrument, ltp, onChange, quantityRef, priceTypes = PRICE_TYPES } = props;
  const lot = instrument?.lotsize || 1;
  const tick = instrument?.tick_size ?? null;
  const quantity = parseTyped(values.quantity);
  const putQuantity = (units: number) => onChange({ quantity: String(units) });
  const stepPrice = (field: 'price' | 'trigger_price', direction: 1 | -1) => {
    const typed = parseTyped(values[field]);
    const from = typed === null || Number.isNaN(typed) ? ltp : typed + direction * (tick || 0.05);
    if (from !== null) onChange({ [field]: roundToTick(Math.max(from, 0), tick) });
  };
  return (
    <>
      <Segmented
        label={t('Order type')}
        value={values.pricetype}
        options={priceTypes.map((type) => ({ value: type, label: type }))}
        onChange={(pricetype) => onChange({ pricetype })}
      />
      <div className="grid grid-cols-2 gap-x-3 gap-y-2">
        {lot > 1 && (
          <NumberBox
            label={t('Lots')}
            stepLabel={t('one lot')}
            value={lotsOf(quantity, lot)}
            onChange={(text) => {
              const lots = parseTyped(text);
              onChange({ quantity: lots === null ? '' : String(lots * lot) });
            }}
            onStep={(direction) => putQuantity(stepQuantity(quantity, lot, direction))}
          />
        )}
        <NumberBox
          label={t('Quantity')}
          stepLabel={t('one lot')}
          inputRef={quantityRef}
          value={values.quantity}
          error={errors.quantity?.[0]}
          hint={quantityHint(props)}
          onChange={(quantity) => onChange({ quantity })}
          onStep={(direction) => putQuantity(stepQuantity(quantity, lot, direction))}
        />
        <NumberBox
          label={t('Price')}
          stepLabel={t('one tick')}
          value={needsPrice(values.pricetype) ? values.price : ''}
          isDisabled={!needsPrice(values.pricetype)}
          error={errors.price?.[0]}
          hint={
            needsPrice(values.pricetype) ? (tick ? t('Tick {{tick}}', { tick }) : undefined) : t('At market')
          }
          onChange={(price) => onChange({ price })}
          onStep={(direction) => stepPrice('price', direction)}
        />
        {needsTrigger(values.pricetype) && (
          <NumberBox
            label={t('Trigger price')}
            stepLabel={t('one tick')}
            value={values.trigger_price}
            error={errors.trigger_price?.[0]}
            onChange={(trigger_price) => onChange({ trigger_price })}
            onStep={(direction) => stepPrice('trigger_price', direction)}
          />
        )}
        <NumberBox
          label={t('Disclosed')}
          stepLabel={t('one lot')}
          value={values.disclosed_quantity}
          error={errors.disclosed_quantity?.[0]}
          onChange={(disclosed_quantity) => onChange({ disclosed_quantity })}
          onStep={(direction) =>
            onChange({
              disclosed_quantity: String(stepQuantity(parseTyped(values.disclosed_quantity), lot, direction)),
            })
          }
        />
      </div>
    </>
  );
}
