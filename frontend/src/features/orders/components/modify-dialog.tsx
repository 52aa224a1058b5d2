import { type FormEvent, useState } from 'react';
import { Ltp } from '@/components/market/live';
import { OrderFields } from '@/components/order-form/order-fields';
import { type OrderValues, toDraft } from '@/components/order-form/order-values';
import { SubmitError } from '@/components/order-form/submit-error';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { useModifyOrder } from '@/features/orders/api/modify-order';
import { limitOf, triggerOf } from '@/features/orders/components/order-columns';
import { ApiError, type FieldErrors } from '@/lib/api/errors';
import { useInstrument } from '@/lib/instruments/queries';
import { useLtp } from '@/lib/market-data/context';
import { checkDraft, pricesOf } from '@/lib/orders/rules';
import type { Order } from '@/lib/orders/schema';
import { useStakes } from '@/lib/session/stakes';
import { t } from '@/messages/words';

/** Prices that were chosen elsewhere, as by dragging a line of a chart. */
type ProposedPrices = Partial<Record<'price' | 'trigger_price', number>>;

function valuesOf(order: Order, proposed: ProposedPrices): OrderValues {
  const text = (value: number | null) => (value ? String(value) : '');
  return {
    action: order.action,
    quantity: String(order.quantity),
    pricetype: order.pricetype,
    product: order.product,
    price: text(proposed.price ?? limitOf(order)),
    trigger_price: text(proposed.trigger_price ?? triggerOf(order)),
    disclosed_quantity: text(order.disclosed_quantity),
  };
}

interface ModifyDialogProps {
  order: Order;
  proposed?: ProposedPrices;
  onClose: () => void;
}

export function ModifyDialog({ order, proposed = {}, onClose }: ModifyDialogProps) {
  const [values, setValues] = useState(() => valuesOf(order, proposed));
  const [errors, setErrors] = useState<FieldErrors>({});
  const { data: instrument } = useInstrument(order);
  const ltp = useLtp(order);
  const { mutate, isPending, error } = useModifyOrder();
  const { word } = useStakes();

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const draft = toDraft(order.exchange, values);
    const found = checkDraft(draft, instrument ?? null);
    setErrors(found);
    if (Object.keys(found).length > 0 || draft.quantity === null) return;
    const terms = { quantity: draft.quantity, pricetype: values.pricetype, ...pricesOf(draft) };
    mutate(
      { order, terms },
      { onSuccess: onClose, onError: (refusal) => refusal instanceof ApiError && setErrors(refusal.fields) },
    );
  };

  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('Modify {{action}} {{symbol}}', { action: order.action, symbol: order.symbol })}
      description={
        <>
          {t('Order {{orderid}} · {{product}} · LTP', { orderid: order.orderid, product: order.product })}{' '}
          <Ltp of={order} tickSize={instrument?.tick_size} />
        </>
      }
    >
      <form onSubmit={submit} className="grid gap-3" noValidate>
        <OrderFields
          values={values}
          errors={errors}
          instrument={instrument ?? null}
          ltp={ltp}
          onChange={(change) => setValues((now) => ({ ...now, ...change }))}
        />
        <SubmitError error={error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t('Keep as is')}</Button>
          <Button type="submit" variant="primary" isBusy={isPending}>
            {t('Modify {{stakes}} order', { stakes: word })}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
