import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { LockNotice, useLock } from '@/components/password/lock-notice';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { clockOf, useCountdown } from '@/hooks/use-countdown';
import { ApiError, messageOf } from '@/lib/api/errors';
import { useOpenSession, useStartOver } from '@/lib/session/actions';
import { t } from '@/messages/words';

/** The second step: the authenticator's code, or a recovery code in its place. */
export function CodeForm({ owedUntil }: { owedUntil: string }) {
  const [isRecovery, setIsRecovery] = useState(false);
  const startOver = useStartOver();
  const left = useCountdown(Date.parse(owedUntil));
  return (
    <div className="grid gap-4">
      <CodeEntry key={String(isRecovery)} isRecovery={isRecovery} onTooLate={() => startOver.mutate()} />
      <p className="text-muted text-xs tabular-nums">
        {left > 0
          ? t('Your password counts for another {{time}}.', { time: clockOf(left) })
          : t('It took too long: enter your password again.')}
      </p>
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => setIsRecovery(!isRecovery)}>
          {isRecovery ? t('Use the authenticator') : t('Use a recovery code')}
        </Button>
        <Button variant="ghost" isBusy={startOver.isPending} onClick={() => startOver.mutate()}>
          {t('Start over')}
        </Button>
      </div>
    </div>
  );
}

function CodeEntry({ isRecovery, onTooLate }: { isRecovery: boolean; onTooLate: () => void }) {
  const { mutateAsync } = useOpenSession<{ code: string }>(isRecovery ? '/login/recovery' : '/login/code');
  const form = useForm({ defaultValues: { code: '' } });
  const { errors, isSubmitting } = form.formState;
  const lock = useLock();
  const submit = form.handleSubmit(async ({ code }) => {
    try {
      await mutateAsync({ code: isRecovery ? code : code.replace(/\s/g, '') });
    } catch (error) {
      if (error instanceof ApiError && error.code === 'SIGN_IN_AGAIN') return onTooLate();
      form.resetField('code');
      lock.see(error);
      form.setError('code', { message: messageOf(error) });
      form.setFocus('code');
    }
  });
  return (
    <form onSubmit={submit} className="grid gap-4" noValidate>
      <Field
        label={isRecovery ? t('Recovery code') : t('Code of your authenticator')}
        error={lock.left > 0 ? undefined : errors.code?.message}
        hint={isRecovery ? t('Each works once. Blanks and dashes do not matter.') : t('Six digits')}
      >
        {(control) => (
          <Input
            {...control}
            className="h-10 font-mono text-base tracking-wider"
            inputMode={isRecovery ? 'text' : 'numeric'}
            autoComplete="one-time-code"
            maxLength={isRecovery ? 40 : 8}
            autoFocus
            {...form.register('code', { required: t('is required') })}
          />
        )}
      </Field>
      <LockNotice left={lock.left} />
      <Button type="submit" variant="primary" size="lg" isBusy={isSubmitting} disabled={lock.left > 0}>
        {t('Sign in')}
      </Button>
    </form>
  );
}
