import type { FieldErrors, UseFormRegister } from 'react-hook-form';
import { Field } from '@/components/ui/field';
import { Input, Select } from '@/components/ui/input';
import { checkField, type SchemaField } from '@/features/broker/hooks/schema-form';
import { t } from '@/messages/words';

export type SchemaValues = Record<string, string>;

interface SchemaFieldsProps {
  fields: readonly SchemaField[];
  register: UseFormRegister<SchemaValues>;
  errors: FieldErrors<SchemaValues>;
}

/** Boxes generated from a plug-in's schema; the desk knows no broker by name. */
export function SchemaFields({ fields, register, errors }: SchemaFieldsProps) {
  return fields.map((field) => {
    const rules = register(field.name, { validate: (value) => checkField(field, String(value ?? '')) });
    return (
      <Field
        key={field.name}
        label={field.isRequired ? field.label : t('{{label}} (optional)', { label: field.label })}
        hint={field.hint ?? undefined}
        error={errors[field.name]?.message}
      >
        {(control) =>
          field.kind === 'choice' ? (
            <Select {...control} {...rules} defaultValue={field.initial}>
              <option value="">{t('Choose…')}</option>
              {field.choices.map((choice) => (
                <option key={choice}>{choice}</option>
              ))}
            </Select>
          ) : field.kind === 'checkbox' ? (
            <input
              {...control}
              type="checkbox"
              value="true"
              className="size-5 accent-[var(--accent)]"
              {...rules}
            />
          ) : (
            <Input
              {...control}
              type={field.kind === 'password' ? 'password' : 'text'}
              inputMode={field.kind === 'number' ? 'decimal' : undefined}
              autoComplete="off"
              spellCheck={false}
              defaultValue={field.initial}
              {...rules}
            />
          )
        }
      </Field>
    );
  });
}
