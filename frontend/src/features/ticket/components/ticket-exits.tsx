import { ChevronRight } from 'lucide-react';
import { useId, useState } from 'react';
import { ExitField } from '@/components/order-form/exit-field';
import type { FieldErrors } from '@/lib/api/errors';
import { cn } from '@/lib/cn';
import { type ExitValues, LEGS, levelAt } from '@/lib/orders/exit-terms';
import type { Action } from '@/lib/orders/schema';
import { t } from '@/messages/words';

interface TicketExitsProps {
  values: ExitValues;
  errors: FieldErrors;
  action: Action;
  /** What the order is expected to fill at, as far as that is known. */
  entry: number | null;
  tickSize: number | null;
  onChange: (values: ExitValues) => void;
}

/** Stop-loss, target and trailing stop that the gateway holds from the order's first fill on. */
export function TicketExits({ values, errors, action, entry, tickSize, onChange }: TicketExitsProps) {
  const facts = { quantity: action === 'BUY' ? 1 : -1, average: entry, ltp: entry };
  const id = useId();
  const [isOpen, setIsOpen] = useState(false);
  const isShown = isOpen || Object.keys(errors).some((field) => field.startsWith('exits'));
  const asked = LEGS.filter((leg) => values[leg].text.trim() !== '').length;
  return (
    <div className="rounded border border-line">
      <button
        type="button"
        aria-expanded={isShown}
        aria-controls={id}
        onClick={() => setIsOpen(!isShown)}
        className="flex min-h-8 w-full items-center gap-1 px-2 text-left text-xs max-md:min-h-10"
      >
        <ChevronRight className={cn('size-3.5 text-muted', isShown && 'rotate-90')} aria-hidden />
        <span className="font-medium">{t('Protect')}</span>
        <span className="truncate text-muted">
          {asked > 0
            ? t('{{number}} of {{all}} levels', { number: asked, all: LEGS.length })
            : t('stop-loss, target, trailing stop')}
        </span>
      </button>
      <div id={id} hidden={!isShown} className="grid gap-2 border-line border-t p-2 [&[hidden]]:hidden">
        {LEGS.map((leg) => (
          <ExitField
            key={leg}
            leg={leg}
            value={values[leg]}
            level={levelAt(leg, values[leg], facts)}
            tickSize={tickSize}
            error={errors[`exits.${leg}`]?.[0]}
            onChange={(value) => onChange({ ...values, [leg]: value })}
          />
        ))}
        <p className="text-muted text-xs">
          {t(
            'Held by the gateway. The first level that is reached closes the position at the market, and the others end.',
          )}
        </p>
        {errors.exits && (
          <p role="alert" className="text-down text-xs">
            {errors.exits[0]}
          </p>
        )}
      </div>
    </div>
  );
}
