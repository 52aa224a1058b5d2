import { type FormEvent, useState } from 'react';
import { Ltp } from '@/components/market/live';
import { SymbolPicker } from '@/components/market/symbol-picker';
import { NumberBox } from '@/components/order-form/number-box';
import { SubmitError } from '@/components/order-form/submit-error';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Segmented } from '@/components/ui/segmented';
import type { Gtt } from '@/features/gtts/api/get-gtts';
import { type GttValues, gttProductsOf, watchesHigh, watchesLow } from '@/features/gtts/hooks/gtt-values';
import { useGttForm } from '@/features/gtts/hooks/use-gtt-form';
import { isTradable } from '@/lib/instruments/schema';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import { parseTyped } from '@/lib/numbers';
import { roundToTick, stepQuantity } from '@/lib/orders/rules';
import { CONSENT_WORD } from '@/lib/session/live-consent';
import { useStakes } from '@/lib/session/stakes';
import { t } from '@/messages/words';

type Form = ReturnType<typeof useGttForm>;

const WATCH_LABELS = { fall: t('Falls to'), rise: t('Rises to'), both: t('Either (OCO)') } as const;

function PriceBox({ form, field, label }: { form: Form; field: keyof GttValues; label: string }) {
  const { values, errors, change, instrument, ltp } = form;
  const tick = instrument?.tick_size ?? null;
  const step = (direction: 1 | -1) => {
    const typed = parseTyped(String(values[field]));
    const from = typed === null || Number.isNaN(typed) ? ltp : typed + direction * (tick || 0.05);
    if (from !== null) change({ [field]: roundToTick(Math.max(from, 0), tick) });
  };
  return (
    <NumberBox
      label={label}
      stepLabel={t('one tick')}
      value={String(values[field])}
      error={errors[field]?.[0]}
      onChange={(text) => change({ [field]: text })}
      onStep={step}
    />
  );
}

/** One line per trigger: the price that is watched, and the limit of the order it sends. */
function Triggers({ form }: { form: Form }) {
  const { values } = form;
  const hasLimit = values.pricetype === 'LIMIT';
  return (
    <div className="grid grid-cols-2 gap-3">
      {watchesLow(values) && (
        <>
          <PriceBox form={form} field="low" label={t('Falls to')} />
          {hasLimit ? <PriceBox form={form} field="lowPrice" label={t('Then order at')} /> : <span />}
        </>
      )}
      {watchesHigh(values) && (
        <>
          <PriceBox form={form} field="high" label={t('Rises to')} />
          {hasLimit ? <PriceBox form={form} field="highPrice" label={t('Then order at')} /> : <span />}
        </>
      )}
    </div>
  );
}

function Consent({ form }: { form: Form }) {
  if (!form.consent.isNeeded) return null;
  return (
    <div className="rounded border border-live p-2">
      <Field
        label={t('First order with real money since you signed in: type {{word}} to allow it', {
          word: CONSENT_WORD,
        })}
        error={form.errors.consent?.[0]}
      >
        {(control) => (
          <Input
            {...control}
            value={form.consent.text}
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            onChange={(event) => form.consent.type(event.target.value)}
          />
        )}
      </Field>
    </div>
  );
}

interface GttFormProps {
  of: InstrumentRef;
  gtt: Gtt | null;
  onClose: () => void;
}

function GttForm({ of, gtt, onClose }: GttFormProps) {
  const form = useGttForm(of, gtt, onClose);
  const { values, errors, change, instrument } = form;
  const { word } = useStakes();
  if (!isTradable(of.exchange))
    return <p>{t('{{symbol}} is an index: it has prices but cannot be traded.', { symbol: of.symbol })}</p>;
  const lot = instrument?.lotsize || 1;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    form.submit();
  };
  return (
    <form onSubmit={submit} className="grid gap-3" noValidate>
      <p className="text-muted">
        {t('{{symbol}} on {{exchange}} · LTP', { symbol: of.symbol, exchange: of.exchange })}{' '}
        <Ltp of={of} tickSize={instrument?.tick_size} />
      </p>
      <Segmented
        label={t('Watch')}
        value={values.watch}
        options={(['fall', 'rise', 'both'] as const).map((value) => ({
          value,
          label: WATCH_LABELS[value],
          isDisabled: gtt !== null && (value === 'both') !== (gtt.trigger_type === 'two-leg'),
        }))}
        onChange={(watch) => change({ watch })}
      />
      <div className="grid grid-cols-2 gap-3">
        <Segmented
          label={t('Side')}
          value={values.action}
          options={(['BUY', 'SELL'] as const).map((value) => ({
            value,
            label: value === 'BUY' ? t('Buy') : t('Sell'),
            isDisabled: gtt !== null && value !== values.action,
          }))}
          onChange={(action) => change({ action })}
        />
        <Segmented
          label={t('Product')}
          value={values.product}
          options={gttProductsOf(of.exchange).map((value) => ({ value, label: value }))}
          onChange={(product) => change({ product })}
        />
        <Segmented
          label={t('Order type')}
          value={values.pricetype}
          options={(['LIMIT', 'MARKET'] as const).map((value) => ({ value, label: value }))}
          onChange={(pricetype) => change({ pricetype })}
        />
      </div>
      <Triggers form={form} />
      <div className="grid grid-cols-2 gap-3">
        <NumberBox
          label={t('Quantity')}
          stepLabel={t('one lot')}
          value={values.quantity}
          error={errors.quantity?.[0]}
          onChange={(quantity) => change({ quantity })}
          onStep={(direction) =>
            change({ quantity: String(stepQuantity(parseTyped(values.quantity), lot, direction)) })
          }
        />
        <Field label={t('Good until')} error={errors.until?.[0]} hint={t('A year when left empty')}>
          {(control) => (
            <Input
              {...control}
              type="date"
              value={values.until}
              onChange={(event) => change({ until: event.target.value })}
            />
          )}
        </Field>
      </div>
      <Consent form={form} />
      <SubmitError error={form.failure} />
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{gtt ? t('Keep as is') : t('Close')}</Button>
        <Button type="submit" variant="primary" isBusy={form.isBusy}>
          {gtt ? t('Change {{stakes}} GTT', { stakes: word }) : t('Set {{stakes}} GTT', { stakes: word })}
        </Button>
      </div>
    </form>
  );
}

/** Sets up a GTT for an instrument that is chosen first, or changes one that waits. */
export function GttDialog({ gtt, onClose }: { gtt: Gtt | null; onClose: () => void }) {
  const [of, setOf] = useState<InstrumentRef | null>(gtt);
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={gtt ? t('Change GTT on {{symbol}}', { symbol: gtt.symbol }) : t('New GTT')}
      description={t('An order that is sent when the price gets there, on whichever day that is.')}
    >
      {of ? (
        <GttForm of={of} gtt={gtt} onClose={onClose} />
      ) : (
        <SymbolPicker
          label={t('Instrument')}
          placeholder={t('Symbol or name')}
          autoFocus
          onPick={({ symbol, exchange }) => setOf({ symbol, exchange })}
        />
      )}
    </Dialog>
  );
}
