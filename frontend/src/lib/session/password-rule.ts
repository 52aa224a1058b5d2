import { queryOptions } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';

const ruleSchema = z.object({
  shortest: z.number(),
  longest: z.number(),
  signs: z.string(),
  parts: z.array(z.object({ id: z.string(), text: z.string() })),
});
export type PasswordRule = z.output<typeof ruleSchema>;

export const passwordRuleQuery = queryOptions({
  queryKey: queryKeys.passwordRule,
  queryFn: () => api.get('/password-rule', ruleSchema),
  staleTime: Number.POSITIVE_INFINITY,
});

/** Whether a part of the rule is met; null for a part that only the server can judge. */
export function meets(rule: PasswordRule, id: string, password: string, username: string): boolean | null {
  switch (id) {
    case 'length':
      return password.length >= rule.shortest && password.length <= rule.longest;
    case 'case':
      return /\p{Lu}/u.test(password) && /\p{Ll}/u.test(password);
    case 'digit':
      return /\p{Nd}/u.test(password);
    case 'sign':
      return [...password].some((sign) => rule.signs.includes(sign));
    case 'username':
      return username.length < 4 || !password.toLowerCase().includes(username.toLowerCase());
    default:
      return null;
  }
}

export type Strength = 'weak' | 'fair' | 'strong';

/** A rough measure: the kinds of signs and how many different ones there are. It promises nothing. */
export function strengthOf(password: string): Strength {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z\d]/];
  const alphabet = [26, 26, 10, 32].reduce(
    (sum, size, index) => sum + (kinds[index]?.test(password) ? size : 0),
    0,
  );
  const telling = Math.min(password.length, new Set(password).size * 1.5);
  const bits = telling * Math.log2(Math.max(alphabet, 2));
  return bits < 50 ? 'weak' : bits < 75 ? 'fair' : 'strong';
}
