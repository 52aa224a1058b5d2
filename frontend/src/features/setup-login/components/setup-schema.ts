import { z } from '@/lib/schema';
import { t } from '@/messages/words';

const PASSWORD_RULE = t(
  'needs 8 characters or more with an upper-case letter, a lower-case letter, a digit and one of !@#$%^&*',
);

export const setupSchema = z
  .object({
    username: z.string().trim().min(3, t('needs 3 characters or more')).max(50, t('is too long')),
    email: z.email(t('is not an e-mail address')),
    password: z
      .string()
      .max(128, t('is too long'))
      .refine(
        (text) => text.length >= 8 && [/[A-Z]/, /[a-z]/, /\d/, /[!@#$%^&*]/].every((rule) => rule.test(text)),
        PASSWORD_RULE,
      ),
    repeated: z.string(),
    setup_token: z.string(),
  })
  .refine(({ password, repeated }) => password === repeated, {
    path: ['repeated'],
    message: t('is not the same password'),
  });
export type SetupValues = z.output<typeof setupSchema>;
