import { useQuery } from '@tanstack/react-query';
import { useForm } from 'react-hook-form';
import { toast } from 'sonner';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input, Select } from '@/components/ui/input';
import { ErrorState, Skeleton } from '@/components/ui/states';
import {
  type MailForm,
  type MailServer,
  mailQuery,
  useForgetMail,
  useSaveMail,
  useTestMail,
} from '@/features/account/api/mail';
import { Panel } from '@/features/account/components/section';
import { ApiError, messageOf } from '@/lib/api/errors';
import { t } from '@/messages/words';

const FIELDS = ['server', 'port', 'security', 'sender', 'username', 'password'] as const;
type Name = (typeof FIELDS)[number];

/** The mail server through which reset links go; administrators only. */
export function MailSection() {
  const { data, error, refetch } = useQuery(mailQuery);
  const test = useTestMail();
  const sendTest = () =>
    test.mutate(undefined, {
      onSuccess: ({ sent_to }) =>
        toast.success(t('A test message went to {{address}}', { address: sent_to })),
      onError: (refusal) => toast.error(t('No test message was sent'), { description: messageOf(refusal) }),
    });
  return (
    <Panel
      title={t('Mail server')}
      lead={t(
        'Reset links and notices of changed passwords go through it. Without one, only the other ways are open.',
      )}
      action={
        data?.configured && (
          <Button isBusy={test.isPending} onClick={sendTest}>
            {t('Send a test message')}
          </Button>
        )
      }
    >
      {data ? (
        <ServerForm key={JSON.stringify(data)} mail={data} />
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} isCompact />
      ) : (
        <Skeleton className="h-32" />
      )}
    </Panel>
  );
}

function firstValues(mail: MailServer) {
  return {
    server: mail.server ?? '',
    port: String(mail.port ?? 587),
    security: mail.security ?? ('starttls' as const),
    sender: mail.sender ?? '',
    username: mail.username ?? '',
    password: '',
  };
}

function ServerForm({ mail }: { mail: MailServer }) {
  const save = useSaveMail();
  const forget = useForgetMail();
  const form = useForm({ defaultValues: firstValues(mail) });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async (values) => {
    const wanted: MailForm = {
      ...values,
      port: Number(values.port),
      username: values.username || null,
      password: values.password || null,
    };
    try {
      await save.mutateAsync(wanted);
      toast.success(t('The mail server is saved'));
    } catch (error) {
      const fields = error instanceof ApiError ? error.fields : {};
      const wrong = FIELDS.filter((name) => fields[name]);
      for (const name of wrong) form.setError(name, { message: fields[name]?.join('; ') });
      if (wrong.length === 0) form.setError('root', { message: messageOf(error) });
    }
  });
  const text = (
    name: Exclude<Name, 'security'>,
    label: string,
    extra: { type?: string; hint?: string } = {},
  ) => (
    <Field label={label} hint={extra.hint} error={errors[name]?.message}>
      {(control) => (
        <Input {...control} type={extra.type ?? 'text'} autoComplete="off" {...form.register(name)} />
      )}
    </Field>
  );
  return (
    <form onSubmit={submit} className="grid max-w-3xl gap-3 md:grid-cols-3" noValidate>
      {text('server', t('Host'))}
      {text('port', t('Port'))}
      <Field label={t('Encryption')} error={errors.security?.message}>
        {(control) => (
          <Select {...control} {...form.register('security')}>
            <option value="starttls">STARTTLS</option>
            <option value="tls">TLS</option>
            <option value="none">{t('none')}</option>
          </Select>
        )}
      </Field>
      {text('sender', t('Sender address'), { type: 'email' })}
      {text('username', t('Username at the server'))}
      {text('password', t('Password at the server'), {
        type: 'password',
        hint: mail.has_password ? t('Stored encrypted; empty keeps it') : undefined,
      })}
      {errors.root && (
        <p role="alert" className="text-down md:col-span-3">
          {errors.root.message}
        </p>
      )}
      <div className="flex gap-2 md:col-span-3">
        <Button type="submit" variant="primary" isBusy={isSubmitting}>
          {t('Save mail server')}
        </Button>
        {mail.configured && (
          <Button
            isBusy={forget.isPending}
            onClick={() => forget.mutate(undefined, { onError: (e) => toast.error(messageOf(e)) })}
          >
            {t('Send no mail')}
          </Button>
        )}
      </div>
    </form>
  );
}
