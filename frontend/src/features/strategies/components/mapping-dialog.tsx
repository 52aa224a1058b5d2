import { type FormEvent, useState } from 'react';
import { SymbolPicker } from '@/components/market/symbol-picker';
import { NumberBox } from '@/components/order-form/number-box';
import { SubmitError } from '@/components/order-form/submit-error';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Segmented } from '@/components/ui/segmented';
import type { Mapping, StrategyView } from '@/features/strategies/api/get-strategies';
import { useAddMappings, useChangeMapping } from '@/features/strategies/api/write-strategies';
import { ApiError, type FieldErrors } from '@/lib/api/errors';
import { useInstrument } from '@/lib/instruments/queries';
import { type Instrument, productsOf } from '@/lib/instruments/schema';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import { parseTyped } from '@/lib/numbers';
import { stepQuantity } from '@/lib/orders/rules';
import { t } from '@/messages/words';

interface MappingDialogProps {
  strategy: StrategyView;
  /** null: a new one. */
  mapping: Mapping | null;
  onClose: () => void;
}

/** What is traded for a symbol: units and product. */
export function MappingDialog({ strategy, mapping, onClose }: MappingDialogProps) {
  const [of, setOf] = useState<InstrumentRef | null>(mapping);
  const [lot, setLot] = useState(1);
  const pick = ({ symbol, exchange, lotsize }: Instrument) => {
    setLot(lotsize || 1);
    setOf({ symbol, exchange });
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={mapping ? t('Change {{name}}', { name: mapping.symbol }) : t('Add symbol')}
      description={strategy.name}
    >
      {of ? (
        <MappingForm strategy={strategy} mapping={mapping} of={of} lot={lot} onClose={onClose} />
      ) : (
        <div className="min-h-72">
          <SymbolPicker autoFocus label={t('Instrument')} placeholder={t('Symbol or name')} onPick={pick} />
        </div>
      )}
    </Dialog>
  );
}

interface MappingFormProps extends MappingDialogProps {
  of: InstrumentRef;
  /** Units of a lot, until the instrument itself is known. */
  lot: number;
}

/** What the server says of a list of one, under the names of the fields. */
function fieldsOf(error: unknown): FieldErrors {
  if (!(error instanceof ApiError)) return {};
  return Object.fromEntries(
    Object.entries(error.fields).map(([field, texts]) => [field.replace(/^mappings\.\d+\./, ''), texts]),
  );
}

function MappingForm({ strategy, mapping, of, lot, onClose }: MappingFormProps) {
  const { symbol, exchange } = of;
  const products = productsOf(exchange);
  const { data: instrument } = useInstrument(of);
  const units = instrument?.lotsize || lot;
  const [quantity, setQuantity] = useState(String(mapping?.quantity ?? units));
  const [product, setProduct] = useState(mapping?.product_type ?? products.at(-1) ?? '');
  const add = useAddMappings(strategy.id);
  const change = useChangeMapping(strategy.id);
  const writing = mapping ? change : add;
  const errors = fieldsOf(writing.error);
  const typed = parseTyped(quantity);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const terms = { symbol, exchange, quantity: typed ?? 0, product_type: product };
    if (mapping) change.mutate({ mapping: mapping.id, terms }, { onSuccess: onClose });
    else add.mutate([terms], { onSuccess: onClose });
  };
  return (
    <form onSubmit={submit} className="grid gap-3" noValidate>
      <p>
        <span className="font-medium">{symbol}</span> <span className="text-muted">{exchange}</span>
      </p>
      <NumberBox
        label={t('Quantity')}
        stepLabel={t('one lot')}
        value={quantity}
        error={errors.quantity?.[0]}
        onChange={setQuantity}
        onStep={(direction) => setQuantity(String(stepQuantity(typed, units, direction)))}
      />
      {products.length > 0 && (
        <Field label={t('Product')} error={errors.product_type?.[0]}>
          {() => (
            <Segmented
              label={t('Product')}
              value={product}
              options={products.map((value) => ({ value, label: value }))}
              onChange={setProduct}
            />
          )}
        </Field>
      )}
      <SubmitError error={errors.quantity || errors.product_type ? null : writing.error} />
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{mapping ? t('Keep as is') : t('Close')}</Button>
        <Button type="submit" variant="primary" isBusy={writing.isPending} disabled={!typed}>
          {mapping ? t('Save') : t('Add symbol')}
        </Button>
      </div>
    </form>
  );
}
