import { z } from '@/lib/schema';
import { t } from '@/messages/words';

/** What a call changes; whatever the description does not say is taken for an order. */
const effectSchema = z.enum(['none', 'orders', 'mode']).catch('orders');
export type Effect = z.output<typeof effectSchema>;

export interface Schema {
  type?: string;
  enum?: (string | number)[];
  format?: string;
  description?: string;
  default?: unknown;
  example?: unknown;
  required?: string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  minimum?: number;
  $ref?: string;
  'x-example'?: unknown;
}
export type Definitions = Record<string, Schema>;

const operationSchema = z.object({
  tags: z.array(z.string()).default(['other']),
  summary: z.string().default(''),
  parameters: z
    .array(
      z.looseObject({
        name: z.string(),
        in: z.enum(['path', 'query', 'body']),
        required: z.boolean().default(false),
        schema: z.looseObject({ $ref: z.string().optional() }).optional(),
      }),
    )
    .default([]),
  responses: z.record(z.string(), z.looseObject({ description: z.string() })).default({}),
  'x-limit': z.string().nullish(),
  'x-effect': effectSchema.optional().transform((effect) => effect ?? 'orders'),
});

export const descriptionSchema = z.object({
  info: z.object({ title: z.string(), version: z.string() }),
  tags: z.array(z.object({ name: z.string(), description: z.string() })).default([]),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  definitions: z.record(z.string(), z.looseObject({})).default({}),
});
export type Description = z.output<typeof descriptionSchema>;

export type FieldKind = 'text' | 'number' | 'boolean' | 'choice' | 'date' | 'json';

/** One value that a call takes. */
export interface Field {
  name: string;
  kind: FieldKind;
  isRequired: boolean;
  options: readonly string[];
  note: string;
}

/** One call of the API, ready to be drawn and sent. */
export interface Operation {
  id: string;
  method: 'GET' | 'POST';
  path: string;
  group: string;
  summary: string;
  limit: string | null;
  effect: Effect;
  fields: readonly Field[];
  /** Names that stand in the path rather than in query or body. */
  inPath: readonly string[];
  example: Record<string, unknown>;
  /** HTTP status → what it means here. */
  meanings: Record<string, string>;
}

const PREFIX = '/api/v1/';
const KEY = 'apikey';
const DEEPEST = 6;

export function resolve(schema: Schema | undefined, definitions: Definitions): Schema {
  const name = schema?.$ref?.split('/').pop();
  if (!schema || name === undefined) return schema ?? {};
  return { ...definitions[name], ...schema, $ref: undefined };
}

/** A value that the schema would take: its own example, else its default, else the least that is valid. */
export function exampleOf(schema: Schema | undefined, definitions: Definitions, depth = 0): unknown {
  const found = resolve(schema, definitions);
  if (found.example !== undefined) return found.example;
  if (found['x-example'] !== undefined) return found['x-example'];
  if (found.default !== undefined) return found.default;
  if (found.enum?.length) return found.enum[0];
  if (depth > DEEPEST) return null;
  if (found.type === 'array') return [exampleOf(found.items, definitions, depth + 1)];
  if (found.type === 'object' || found.properties) {
    return Object.fromEntries(
      (found.required ?? [])
        .filter((name) => name !== KEY)
        .map((name) => [name, exampleOf(found.properties?.[name], definitions, depth + 1)]),
    );
  }
  if (found.type === 'integer' || found.type === 'number') return Math.max(1, found.minimum ?? 1);
  if (found.type === 'boolean') return false;
  return '';
}

function kindOf(schema: Schema): FieldKind {
  if (schema.enum) return 'choice';
  if (schema.type === 'integer' || schema.type === 'number') return 'number';
  if (schema.type === 'boolean') return 'boolean';
  if (schema.type === 'array' || schema.type === 'object' || schema.properties) return 'json';
  return schema.format === 'date' ? 'date' : 'text';
}

function fieldOf(name: string, schema: Schema, isRequired: boolean, definitions: Definitions): Field {
  const found = resolve(schema, definitions);
  const fallback =
    found.default === undefined ? '' : t('Default {{value}}', { value: JSON.stringify(found.default) });
  // A referenced type describes itself, not the field: only what stands at the field is said of it.
  return {
    name,
    kind: kindOf(found),
    isRequired,
    options: (found.enum ?? []).map(String),
    note: [schema.description, fallback].filter(Boolean).join('. '),
  };
}

/** Required values first, then those of the example, then the rest. */
function bodyFields(schema: Schema, definitions: Definitions): Field[] {
  const required = new Set(schema.required ?? []);
  const fields = Object.entries(schema.properties ?? {})
    .filter(([name]) => name !== KEY)
    .map(([name, field]) => fieldOf(name, field, required.has(name), definitions));
  const given = (schema.example ?? {}) as Record<string, unknown>;
  const rankOf = ({ name, isRequired }: Field) => (isRequired ? 0 : name in given ? 1 : 2);
  return fields.sort((one, other) => rankOf(one) - rankOf(other));
}

/** A value of a path or a query is described where it stands, as a schema is. */
const asSchema = ({ required: _, ...facts }: Record<string, unknown>) => facts as Schema;

/** Every call of the description in the order of its groups. */
export function operationsOf(description: Description): Operation[] {
  const definitions = description.definitions as Definitions;
  const found: Operation[] = [];
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const body = operation.parameters.find((one) => one.in === 'body');
      const plain = operation.parameters.filter((one) => one.in !== 'body');
      const schema = resolve(body?.schema, definitions);
      const example = body
        ? exampleOf(schema, definitions)
        : Object.fromEntries(
            plain
              .filter((one) => one.required || one['x-example'] !== undefined)
              .map((one) => [one.name, exampleOf(asSchema(one), definitions)]),
          );
      found.push({
        id: path.startsWith(PREFIX) ? path.slice(PREFIX.length) : path,
        method: method.toUpperCase() === 'GET' ? 'GET' : 'POST',
        path,
        group: operation.tags[0] ?? 'other',
        summary: operation.summary,
        limit: operation['x-limit'] ?? null,
        effect: operation['x-effect'],
        fields: body
          ? bodyFields(schema, definitions)
          : plain.map((one) => fieldOf(one.name, asSchema(one), one.required, definitions)),
        inPath: plain.filter((one) => one.in === 'path').map((one) => one.name),
        example: example as Record<string, unknown>,
        meanings: Object.fromEntries(
          Object.entries(operation.responses).map(([status, { description: text }]) => [status, text]),
        ),
      });
    }
  }
  return found;
}

export interface Group {
  name: string;
  title: string;
  operations: Operation[];
}

/** Calls by group, those that match every typed word. */
export function groupsOf(
  operations: readonly Operation[],
  tags: Description['tags'],
  typed: string,
): Group[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const names = [...tags.map(({ name }) => name), ...operations.map(({ group }) => group)];
  return [...new Set(names)].flatMap((name) => {
    const title = tags.find((tag) => tag.name === name)?.description ?? name;
    const matching = operations.filter((one) => {
      const text = `${one.id} ${one.summary} ${title}`.toLowerCase();
      return one.group === name && words.every((word) => text.includes(word));
    });
    return matching.length ? [{ name, title, operations: matching }] : [];
  });
}
