import { maybeNumber, maybeText } from '@/lib/numbers';
import { z } from '@/lib/schema';

export const accountSchema = z.object({
  id: z.union([z.string(), z.number()]).transform(String),
  broker: z.string(),
  broker_name: z.string(),
  /** No real money behind it. */
  practice: z.boolean().nullish().transform(Boolean),
  label: z.string(),
  active: z.boolean(),
  session: z.object({
    state: z.enum(['none', 'valid', 'expired', 'revoked']),
    since: maybeText,
    expires_at: maybeText,
    reason: maybeText,
  }),
  broker_user_id: maybeText,
  contracts: z
    .object({ status: maybeText, total: maybeNumber, loaded_at: maybeText, message: maybeText })
    .nullish()
    .transform((value) => value ?? null),
});
export type Account = z.output<typeof accountSchema>;

export const bootstrapSchema = z.object({
  version: z.string(),
  needs_setup: z.boolean(),
  setup_token_required: z.boolean().nullish().transform(Boolean),
  authenticated: z.boolean(),
  /** The password was right; a code is owed until then. */
  code_owed_until: maybeText,
  /** Where this installation's passkeys work; null where none do. */
  passkey_origin: maybeText,
  csrf_token: z.string(),
  user: z
    .object({ username: z.string(), email: maybeText, is_admin: z.boolean().nullish().transform(Boolean) })
    .nullable(),
  mode: z.enum(['live', 'analyze']),
  account: accountSchema.nullable(),
  accounts: z.array(accountSchema),
  ws_url: maybeText,
  session_expires_at: maybeText,
});
export type Bootstrap = z.output<typeof bootstrapSchema>;
export type Mode = Bootstrap['mode'];
