import { useQuery } from '@tanstack/react-query';
import { Check, Dot, X } from 'lucide-react';
import { type ComponentProps, useId } from 'react';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { cn } from '@/lib/cn';
import { meets, passwordRuleQuery, type Strength, strengthOf } from '@/lib/session/password-rule';
import { t } from '@/messages/words';

interface NewPasswordProps extends Omit<ComponentProps<'input'>, 'value' | 'type'> {
  value: string;
  username: string;
  error?: string;
  label?: string;
}

/** A box for a new password, with the server's rule ticked off in the server's words as one types. */
export function NewPassword({ value, username, error, label, className, ...rest }: NewPasswordProps) {
  const rule = useQuery(passwordRuleQuery).data;
  const listId = useId();
  return (
    <div className="grid gap-1.5">
      <Field label={label ?? t('New password')} error={error}>
        {(control) => (
          <Input
            {...control}
            aria-describedby={
              [control['aria-describedby'], rule && listId].filter(Boolean).join(' ') || undefined
            }
            type="password"
            autoComplete="new-password"
            value={value}
            className={className}
            {...rest}
          />
        )}
      </Field>
      {value !== '' && <StrengthBar strength={strengthOf(value)} />}
      <div className="min-h-32">
        {rule && (
          <div id={listId}>
            <p className="text-muted text-xs">{t('The password')}</p>
            <ul className="text-xs">
              {rule.parts.map(({ id, text }) => (
                <RulePart
                  key={id}
                  text={id === 'common' ? t('must not be one of the most common passwords') : text}
                  isMet={value === '' ? null : meets(rule, id, value, username)}
                />
              ))}
            </ul>
          </div>
        )}
      </div>
    </div>
  );
}

function RulePart({ text, isMet }: { text: string; isMet: boolean | null }) {
  const Sign = isMet === null ? Dot : isMet ? Check : X;
  return (
    <li
      className={cn(
        'flex items-center gap-1.5 leading-5',
        isMet === null ? 'text-muted' : isMet ? 'text-up' : 'text-down',
      )}
    >
      <Sign className="size-3.5 shrink-0" aria-hidden />
      {text}
      {isMet !== null && <span className="sr-only">{isMet ? t('met') : t('not met')}</span>}
    </li>
  );
}

const BARS: Record<Strength, { filled: number; tone: string }> = {
  weak: { filled: 1, tone: 'bg-down' },
  fair: { filled: 2, tone: 'bg-warn' },
  strong: { filled: 3, tone: 'bg-up' },
};

function StrengthBar({ strength }: { strength: Strength }) {
  const words = { weak: t('weak'), fair: t('fair'), strong: t('strong') };
  return (
    <p className="flex items-center gap-2 text-muted text-xs">
      <span aria-hidden className="flex w-24 gap-1">
        {[1, 2, 3].map((bar) => (
          <span
            key={bar}
            className={cn(
              'h-1 flex-1 rounded',
              bar <= BARS[strength].filled ? BARS[strength].tone : 'bg-raised',
            )}
          />
        ))}
      </span>
      <span role="status">{t('Strength: {{strength}}', { strength: words[strength] })}</span>
    </p>
  );
}
