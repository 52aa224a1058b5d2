import { queryOptions } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import { maybeText } from '@/lib/numbers';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

const propertySchema = z.looseObject({
  type: z.string().optional(),
  title: z.string().optional(),
  description: z.string().optional(),
  format: z.string().optional(),
  enum: z.array(z.union([z.string(), z.number()])).optional(),
  pattern: z.string().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  default: z.unknown().optional(),
});

export const formSchema = z
  .looseObject({
    properties: z.record(z.string(), propertySchema).optional(),
    required: z.array(z.string()).optional(),
  })
  .nullish();
export type FormSchema = z.output<typeof formSchema>;

const rateSchema = z.object({
  per_second: z.number().nullish(),
  per_minute: z.number().nullish(),
  per_hour: z.number().nullish(),
  per_day: z.number().nullish(),
});

const limitsSchema = z.object({
  quote_batch: z.number(),
  depth_levels: z.number(),
  tag_length: z.number(),
  rates: z.record(z.string(), rateSchema).default({}),
  history: z.record(z.string(), z.object({ days: z.number() })).default({}),
});

const streamSchema = z.object({
  sockets: z.number(),
  instruments_per_socket: z.number(),
  order_updates: z.string(),
});

const brokerSchema = z.object({
  id: z.string(),
  name: z.string(),
  family: maybeText,
  status: z.enum(['ready', 'broken']),
  reason: maybeText,
  practice: z.boolean().default(false),
  exchanges: z.array(z.string()).default([]),
  products: z.array(z.string()).default([]),
  price_types: z.array(z.string()).default([]),
  capabilities: z.record(z.string(), z.enum(['native', 'emulated', 'absent'])).default({}),
  /** How many test cases prove each capability. */
  proofs: z.record(z.string(), z.number()).default({}),
  limits: limitsSchema.nullish().transform((limits) => limits ?? null),
  stream: streamSchema.nullish().transform((stream) => stream ?? null),
  gtt: z
    .object({ trigger_types: z.array(z.string()) })
    .nullish()
    .transform((gtt) => gtt ?? null),
  evidence: z
    .record(z.string(), z.object({ source: z.string(), date: z.string(), verified: z.boolean() }))
    .default({}),
  auth: z
    .object({ kind: z.enum(['instant', 'form', 'redirect']), credentials: formSchema, login: formSchema })
    .nullish()
    .transform((auth) => auth ?? null),
  /** What must be entered at the broker as the address to return to. */
  callback_url: maybeText,
});
/** A plug-in whose manifest cannot be read has no `auth`; it is listed with the reason and cannot be added. */
export type Broker = z.output<typeof brokerSchema>;

export const brokersQuery = queryOptions({
  queryKey: queryKeys.brokers,
  queryFn: () => api.get('/brokers', z.array(brokerSchema)),
  staleTime: 10 * 60_000,
});
