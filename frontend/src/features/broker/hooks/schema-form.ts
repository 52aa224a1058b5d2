import type { Answers } from '@/features/broker/api/accounts';
import type { FormSchema } from '@/features/broker/api/brokers';
import { t } from '@/messages/words';

export interface SchemaField {
  name: string;
  label: string;
  hint: string | null;
  kind: 'text' | 'password' | 'number' | 'checkbox' | 'choice';
  choices: string[];
  isRequired: boolean;
  pattern: RegExp | null;
  minLength: number;
  maxLength: number;
  initial: string;
}

type Property = NonNullable<NonNullable<FormSchema>['properties']>[string];

function kindOf(property: Property): SchemaField['kind'] {
  if (property.enum) return 'choice';
  if (property.type === 'boolean') return 'checkbox';
  if (property.type === 'integer' || property.type === 'number') return 'number';
  return property.format === 'password' ? 'password' : 'text';
}

/** A pattern this browser cannot read checks nothing here; the server checks it anyway. */
function patternOf(source: string | undefined): RegExp | null {
  if (!source) return null;
  try {
    return new RegExp(source, 'u');
  } catch {
    return null;
  }
}

/** The boxes a plug-in's JSON schema asks for, in its order. */
export function fieldsOf(schema: FormSchema): SchemaField[] {
  const required = schema?.required ?? [];
  return Object.entries(schema?.properties ?? {}).map(([name, property]) => ({
    name,
    label: property.title ?? name.replaceAll('_', ' '),
    hint: property.description ?? null,
    kind: kindOf(property),
    choices: (property.enum ?? []).map(String),
    isRequired: required.includes(name),
    pattern: patternOf(property.pattern),
    minLength: property.minLength ?? 0,
    maxLength: property.maxLength ?? 4096,
    initial: property.default === undefined || property.default === null ? '' : String(property.default),
  }));
}

export function checkField(field: SchemaField, value: string): string | true {
  const text = value.trim();
  if (text === '') return field.isRequired ? t('is required') : true;
  if (field.kind === 'number' && !Number.isFinite(Number(text))) return t('must be a number');
  if (text.length < field.minLength)
    return t('needs {{least}} characters or more', { least: field.minLength });
  if (text.length > field.maxLength)
    return t('must not exceed {{most}} characters', { most: field.maxLength });
  if (field.pattern && !field.pattern.test(text)) return t('does not have the expected form');
  return true;
}

/** What is sent: trimmed text, blank optional boxes left out. */
export function answersOf(fields: readonly SchemaField[], values: Record<string, string>): Answers {
  const answers: Answers = {};
  for (const field of fields) {
    const text = (values[field.name] ?? '').trim();
    if (field.kind === 'checkbox') answers[field.name] = String(text === 'true');
    else if (text !== '') answers[field.name] = text;
  }
  return answers;
}
