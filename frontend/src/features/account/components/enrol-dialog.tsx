import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { type Enrolment, useBeginEnrolment, useConfirmEnrolment } from '@/features/account/api/security';
import { RecoveryCodes } from '@/features/account/components/recovery-codes';
import { CodeField, PasswordField, REQUIRED } from '@/features/account/components/secret-fields';
import { messageOf } from '@/lib/api/errors';
import { t } from '@/messages/words';

const STEPS = 3;

/** Turns the second step on: password, authenticator, recovery codes. Nothing counts before the code was right. */
export function EnrolDialog({ onClose }: { onClose: () => void }) {
  const [enrolment, setEnrolment] = useState<Enrolment | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const step = codes ? 3 : enrolment ? 2 : 1;
  // The codes are seen only once: the dialog stays until they are kept.
  const close = () => {
    if (!codes) onClose();
  };
  return (
    <Dialog
      isOpen
      onClose={close}
      title={t('Turn on the second step')}
      description={t('Step {{step}} of {{steps}}', { step, steps: STEPS })}
    >
      {codes ? (
        <RecoveryCodes codes={codes} onDone={onClose} />
      ) : enrolment ? (
        <ScanStep enrolment={enrolment} onCodes={setCodes} />
      ) : (
        <PasswordStep onEnrolment={setEnrolment} />
      )}
    </Dialog>
  );
}

function PasswordStep({ onEnrolment }: { onEnrolment: (enrolment: Enrolment) => void }) {
  const begin = useBeginEnrolment();
  const form = useForm({ defaultValues: { password: '' } });
  const submit = form.handleSubmit(async ({ password }) => {
    try {
      onEnrolment(await begin.mutateAsync(password));
    } catch (error) {
      form.setError('password', { message: messageOf(error) });
    }
  });
  return (
    <form onSubmit={submit} className="grid gap-3" noValidate>
      <p>
        {t(
          'You need an authenticator app on your phone. Signing in will ask for its code after the password.',
        )}
      </p>
      <PasswordField
        registered={form.register('password', REQUIRED)}
        error={form.formState.errors.password}
      />
      <Button type="submit" variant="primary" isBusy={begin.isPending} className="justify-self-end">
        {t('Continue')}
      </Button>
    </form>
  );
}

interface ScanStepProps {
  enrolment: Enrolment;
  onCodes: (codes: readonly string[]) => void;
}

function ScanStep({ enrolment, onCodes }: ScanStepProps) {
  const confirm = useConfirmEnrolment();
  const form = useForm({ defaultValues: { code: '' } });
  const submit = form.handleSubmit(async ({ code }) => {
    try {
      onCodes((await confirm.mutateAsync(code.replace(/\s/g, ''))).recovery_codes);
    } catch (error) {
      form.resetField('code');
      form.setError('code', { message: messageOf(error) });
    }
  });
  return (
    <form onSubmit={submit} className="grid gap-3" noValidate>
      <div className="flex flex-wrap items-start gap-4">
        <img
          src={`data:image/svg+xml;utf8,${encodeURIComponent(enrolment.qr_svg)}`}
          alt={t('QR code for your authenticator app')}
          className="size-44 rounded bg-white"
        />
        <div className="min-w-40 flex-1">
          <p>{t('Scan the picture with your authenticator app, or type the secret in:')}</p>
          <output aria-label={t('Secret')} className="mt-2 block select-all break-all font-mono text-sm">
            {enrolment.secret.replace(/(.{4})/g, '$1 ').trim()}
          </output>
        </div>
      </div>
      <CodeField
        isNumeric
        label={t('Code of your authenticator')}
        hint={t('Six digits')}
        registered={form.register('code', REQUIRED)}
        error={form.formState.errors.code}
      />
      <Button type="submit" variant="primary" isBusy={confirm.isPending} className="justify-self-end">
        {t('Turn on')}
      </Button>
    </form>
  );
}
