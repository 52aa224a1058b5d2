import { useState } from 'react';
import { Field } from '@/components/ui/field';
import { Input, Select } from '@/components/ui/input';
import type { Operation, Field as Wanted } from '@/features/playground/model/description';
import type { Values } from '@/features/playground/model/request';
import { t } from '@/messages/words';

interface BodyFormProps {
  operation: Operation;
  values: Values;
  onChange: (values: Values) => void;
}

interface ControlProps {
  field: Wanted;
  value: unknown;
  onChange: (value: unknown) => void;
}

/** Lists and objects inside a body: JSON of their own, handed on while it is whole. */
function JsonControl({ field, value, onChange }: ControlProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const text = typed ?? (value === undefined ? '' : JSON.stringify(value, null, 2));
  let problem: string | undefined;
  try {
    if (text.trim()) JSON.parse(text);
  } catch {
    problem = t('is not JSON yet: the last whole value is sent');
  }
  return (
    <Field label={labelOf(field)} hint={field.note} error={problem} className="col-span-full">
      {(control) => (
        <textarea
          {...control}
          value={text}
          rows={Math.min(10, Math.max(2, text.split('\n').length))}
          spellCheck={false}
          className="w-full resize-y rounded border border-field bg-panel p-2 font-mono text-xs leading-5 aria-invalid:border-down max-md:text-base"
          onBlur={() => !problem && setTyped(null)}
          onChange={(event) => {
            setTyped(event.target.value);
            try {
              onChange(event.target.value.trim() ? JSON.parse(event.target.value) : undefined);
            } catch {
              // Half-typed: the field says so.
            }
          }}
        />
      )}
    </Field>
  );
}

const labelOf = ({ name, isRequired }: Wanted) => (
  <span className="font-mono">
    {name}
    {isRequired && <span className="text-accent-text"> {t('required')}</span>}
  </span>
);

/** A number stays what was typed until it is one, so that nothing is guessed: the server says what is wrong with it. */
function numberOr(text: string): unknown {
  const plain = text.trim();
  return plain !== '' && String(Number(plain)) === plain ? Number(plain) : text;
}

function Control({ field, value, onChange }: ControlProps) {
  if (field.kind === 'json') return <JsonControl field={field} value={value} onChange={onChange} />;
  const text = value === undefined || value === null ? '' : String(value);
  const options = field.kind === 'boolean' ? ['true', 'false'] : field.options;
  const isChoice = options.length > 0;
  const take = (next: string) => {
    if (next === '') onChange(undefined);
    else if (field.kind === 'boolean') onChange(next === 'true');
    else onChange(field.kind === 'number' ? numberOr(next) : next);
  };
  return (
    <Field label={labelOf(field)} hint={field.note}>
      {(control) =>
        isChoice ? (
          <Select {...control} value={text} onChange={(event) => take(event.target.value)}>
            <option value="">{t('(not sent)')}</option>
            {!options.includes(text) && text !== '' && <option value={text}>{text}</option>}
            {options.map((option) => (
              <option key={option} value={option}>
                {option}
              </option>
            ))}
          </Select>
        ) : (
          <Input
            {...control}
            type={field.kind === 'date' ? 'date' : 'text'}
            inputMode={field.kind === 'number' ? 'decimal' : undefined}
            value={text}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => take(event.target.value)}
          />
        )
      }
    </Field>
  );
}

/** One control for each value of a call; what is left empty is not sent. */
export function BodyForm({ operation, values, onChange }: BodyFormProps) {
  if (operation.fields.length === 0)
    return <p className="text-muted">{t('This call takes the key alone.')}</p>;
  const put = (name: string, value: unknown) => {
    const { [name]: _, ...others } = values;
    onChange(value === undefined ? others : { ...values, [name]: value });
  };
  return (
    <div className="grid grid-cols-[repeat(auto-fill,minmax(10rem,1fr))] gap-x-3 gap-y-2">
      {operation.fields.map((field) => (
        <Control
          key={field.name}
          field={field}
          value={values[field.name]}
          onChange={(value) => put(field.name, value)}
        />
      ))}
    </div>
  );
}
