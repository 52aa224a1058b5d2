import { Minus, Plus } from 'lucide-react';
import type { KeyboardEvent, Ref } from 'react';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { t } from '@/messages/words';

interface NumberBoxProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  onStep: (direction: 1 | -1) => void;
  stepLabel: string;
  error?: string;
  hint?: string;
  isDisabled?: boolean;
  inputRef?: Ref<HTMLInputElement>;
}

/** A figure with steps of its own size (a lot, a tick): buttons and the arrow keys. */
export function NumberBox(props: NumberBoxProps) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    props.onStep(event.key === 'ArrowUp' ? 1 : -1);
  };
  const step =
    'grid w-7 place-items-center border-field text-muted hover:bg-hover hover:text-text disabled:opacity-45 max-md:w-10';
  return (
    <Field label={props.label} error={props.error} hint={props.hint}>
      {(control) => (
        <div className="flex">
          <button
            type="button"
            tabIndex={-1}
            disabled={props.isDisabled}
            className={`${step} rounded-l border-y border-l`}
            aria-label={t('{{field}}: {{step}} less', {
              field: props.label,
              step: props.stepLabel,
            })}
            onClick={() => props.onStep(-1)}
          >
            <Minus className="size-3.5" />
          </button>
          <Input
            {...control}
            ref={props.inputRef}
            inputMode="decimal"
            autoComplete="off"
            disabled={props.isDisabled}
            value={props.value}
            onChange={(event) => props.onChange(event.target.value)}
            onFocus={(event) => event.target.select()}
            onKeyDown={onKeyDown}
            className="rounded-none text-right tabular-nums focus-visible:relative focus-visible:z-10"
          />
          <button
            type="button"
            tabIndex={-1}
            disabled={props.isDisabled}
            className={`${step} rounded-r border-y border-r`}
            aria-label={t('{{field}}: {{step}} more', {
              field: props.label,
              step: props.stepLabel,
            })}
            onClick={() => props.onStep(1)}
          >
            <Plus className="size-3.5" />
          </button>
        </div>
      )}
    </Field>
  );
}
