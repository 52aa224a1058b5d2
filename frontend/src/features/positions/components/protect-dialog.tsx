import { type FormEvent, useState } from 'react';
import { Ltp } from '@/components/market/live';
import { ExitField } from '@/components/order-form/exit-field';
import { SubmitError } from '@/components/order-form/submit-error';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { type PositionExit, useProtect } from '@/features/positions/api/exits';
import type { Position } from '@/features/positions/api/get-positions';
import { ApiError, type FieldErrors } from '@/lib/api/errors';
import { formatPrice, formatQuantity } from '@/lib/format';
import { useLtp } from '@/lib/market-data/context';
import { type AskedExits, type ExitValues, LEGS, levelAt, toExits, valuesOf } from '@/lib/orders/exit-terms';
import { useStakes } from '@/lib/session/stakes';
import { t } from '@/messages/words';

/** Whether every complaint of a refusal stands under its field already. */
function isSaidAbove(error: unknown): boolean {
  const fields = error instanceof ApiError ? Object.keys(error.fields) : [];
  return fields.length > 0 && fields.every((field) => LEGS.some((leg) => field === `exits.${leg}`));
}

interface ProtectDialogProps {
  position: Position;
  running: PositionExit | undefined;
  /** Levels that were chosen elsewhere, as by dragging a line of a chart. */
  proposed?: AskedExits;
  onClose: () => void;
}

/** Stop-loss, target and trailing stop of one position; the gateway holds them. */
export function ProtectDialog({ position, running, proposed, onClose }: ProtectDialogProps) {
  const [values, setValues] = useState<ExitValues>(() => valuesOf(proposed ?? running?.exits));
  const [errors, setErrors] = useState<FieldErrors>({});
  const ltp = useLtp(position) ?? position.ltp;
  const { mutate, isPending, error } = useProtect();
  const { word } = useStakes();
  const facts = { quantity: position.quantity, average: position.average_price, ltp };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const asked = toExits(values, running?.exits);
    setErrors(asked.errors);
    if (Object.keys(asked.errors).length > 0) return;
    mutate(
      { place: position, ...(running && { running }), exits: asked.exits },
      { onSuccess: onClose, onError: (refusal) => refusal instanceof ApiError && setErrors(refusal.fields) },
    );
  };

  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('Protect {{symbol}} {{product}}', { symbol: position.symbol, product: position.product })}
      description={
        <>
          {formatQuantity(position.quantity)} @ {formatPrice(position.average_price, position.tick_size)} ·
          LTP <Ltp of={position} fallback={position.ltp} tickSize={position.tick_size} />.{' '}
          {t('The first level that is reached sends a {{stakes}} market order; the others end.', {
            stakes: word,
          })}
        </>
      }
    >
      <form onSubmit={submit} className="grid gap-3" noValidate>
        {LEGS.map((leg) => (
          <ExitField
            key={leg}
            leg={leg}
            value={values[leg]}
            level={levelAt(leg, values[leg], facts)}
            tickSize={position.tick_size}
            error={errors[`exits.${leg}`]?.[0]}
            onChange={(value) => setValues((now) => ({ ...now, [leg]: value }))}
          />
        ))}
        {errors.exits && (
          <p role="alert" className="text-down text-xs">
            {errors.exits[0]}
          </p>
        )}
        <SubmitError error={isSaidAbove(error) ? null : error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t('Keep as is')}</Button>
          <Button type="submit" variant="primary" isBusy={isPending}>
            {running ? t('Change protection') : t('Protect')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
