import type { LimitField } from '@/components/limits/limits';
import { readable } from '@/components/limits/served-words';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { t } from '@/messages/words';

const HINTS: Partial<Record<LimitField['kind'], string>> = {
  money: '₹',
  percent: '%',
  seconds: t('seconds'),
  hours: '09:15-15:30, …',
  symbols: 'SBIN, INFY, …',
  quantities: 'SBIN=500, …',
};

interface BoxProps {
  field: LimitField;
  text: string;
  error: string | undefined;
  isLocked: boolean;
  onChange: (text: string) => void;
}

/** One limit as its kind is typed; blank is off. */
export function LimitBox({ field, text, error, isLocked, onChange }: BoxProps) {
  if (field.kind === 'switch') {
    return (
      <label className="flex items-center gap-2 self-end pb-1.5">
        <input
          type="checkbox"
          className="size-4"
          checked={text === 'on'}
          disabled={isLocked}
          onChange={(event) => onChange(event.target.checked ? 'on' : '')}
        />
        {readable(field.label)}
      </label>
    );
  }
  if (field.kind === 'choices') {
    const chosen = text.split(', ').filter(Boolean);
    return (
      <fieldset className="grid content-start gap-1">
        <legend className="text-muted text-xs">{readable(field.label)}</legend>
        <div className="flex flex-wrap gap-x-3">
          {field.choices.map((choice) => (
            <label key={choice} className="flex min-h-6 min-w-12 items-center gap-1.5 text-xs">
              <input
                type="checkbox"
                className="size-4"
                checked={chosen.includes(choice)}
                disabled={isLocked}
                onChange={(event) =>
                  onChange(
                    (event.target.checked
                      ? [...chosen, choice]
                      : chosen.filter((one) => one !== choice)
                    ).join(', '),
                  )
                }
              />
              {choice}
            </label>
          ))}
        </div>
        {error && (
          <p role="alert" className="text-down text-xs">
            {error}
          </p>
        )}
      </fieldset>
    );
  }
  return (
    <Field label={readable(field.label)} error={error}>
      {(control) => (
        <Input
          {...control}
          type={field.kind === 'time' ? 'time' : 'text'}
          inputMode={
            ['count', 'money', 'percent', 'seconds', 'days'].includes(field.kind) ? 'decimal' : 'text'
          }
          placeholder={HINTS[field.kind]}
          value={text}
          disabled={isLocked}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
