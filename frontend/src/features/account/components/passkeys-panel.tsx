import { useQuery } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { toast } from 'sonner';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { ErrorState, Skeleton } from '@/components/ui/states';
import {
  type Passkey,
  passkeysQuery,
  useAddPasskey,
  useRemovePasskey,
  useRenamePasskey,
} from '@/features/account/api/passkeys';
import { Panel } from '@/features/account/components/section';
import { messageOf } from '@/lib/api/errors';
import { formatMoment } from '@/lib/format';
import { canUsePasskeys, isDeclined } from '@/lib/session/passkeys';
import { t } from '@/messages/words';

type Open = { what: 'add' } | { what: 'rename' | 'remove'; passkey: Passkey } | null;

/** Why no passkey can be made here; null when one can. */
function hindrance(origin: string | null): string | null {
  if (origin === null)
    return t('Passkeys need this desk at an https address with a name (HOST_SERVER), or at localhost.');
  if (origin !== location.origin) return t('Open the desk at {{origin}} to add one.', { origin });
  return canUsePasskeys(origin) ? null : t('This browser has no passkeys.');
}

export function PasskeysPanel() {
  const { data, error, refetch } = useQuery(passkeysQuery);
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const remove = useRemovePasskey();
  const hint = data ? hindrance(data.origin) : null;
  return (
    <Panel
      title={t('Passkeys')}
      lead={t('Sign in with the finger, face or PIN of a device: nothing to type, nothing to fish.')}
      action={
        data &&
        hint === null && (
          <Button onClick={() => setOpen({ what: 'add' })}>
            <KeyRound /> {t('Add a passkey')}
          </Button>
        )
      }
    >
      {hint && <p className="text-muted">{hint}</p>}
      {data ? (
        <PasskeyList passkeys={data.passkeys} onOpen={setOpen} />
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} isCompact />
      ) : (
        <Skeleton className="h-10" />
      )}
      {open?.what === 'add' && <AddDialog onClose={close} />}
      {open?.what === 'rename' && <RenameDialog passkey={open.passkey} onClose={close} />}
      {open?.what === 'remove' && (
        <ConfirmDialog
          isOpen
          onClose={close}
          onConfirm={() =>
            remove.mutate(open.passkey.id, {
              onSuccess: close,
              onError: (refusal) =>
                toast.error(t('The passkey was not removed'), { description: messageOf(refusal) }),
            })
          }
          isBusy={remove.isPending}
          title={t('Remove {{name}}?', { name: open.passkey.name })}
          description={t('It opens nothing from then on. Delete it on the device, too.')}
          confirmLabel={t('Remove passkey')}
        />
      )}
    </Panel>
  );
}

function PasskeyList({ passkeys, onOpen }: { passkeys: readonly Passkey[]; onOpen: (open: Open) => void }) {
  if (passkeys.length === 0) return null;
  return (
    <ul aria-label={t('Passkeys')} className="grid gap-1">
      {passkeys.map((passkey) => (
        <li
          key={passkey.id}
          className="flex min-h-8 flex-wrap items-center gap-2 border-line border-b text-xs"
        >
          <span className="min-w-32 flex-1">
            {passkey.name}{' '}
            {passkey.is_suspended && <Badge tone="bad">{t('suspended: a copy was used')}</Badge>}
          </span>
          <span className="text-muted tabular-nums">
            {passkey.last_used_at
              ? t('last used {{time}}', { time: formatMoment(passkey.last_used_at) })
              : t('never used')}
          </span>
          <Button
            size="xs"
            aria-label={t('Rename {{name}}', { name: passkey.name })}
            onClick={() => onOpen({ what: 'rename', passkey })}
          >
            {t('Rename')}
          </Button>
          <Button
            size="xs"
            aria-label={t('Remove {{name}}', { name: passkey.name })}
            onClick={() => onOpen({ what: 'remove', passkey })}
          >
            {t('Remove')}
          </Button>
        </li>
      ))}
    </ul>
  );
}

function AddDialog({ onClose }: { onClose: () => void }) {
  const [form, setForm] = useState({ name: '', password: '' });
  const add = useAddPasskey();
  const declined = isDeclined(add.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(form, {
      onSuccess: ({ name }) => {
        toast.success(t('{{name}} is a passkey now', { name }));
        onClose();
      },
    });
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('Add a passkey')}
      description={t('The device asks for its finger, face or PIN next.')}
    >
      <form className="grid gap-3" onSubmit={submit} noValidate>
        <Field label={t('Name of the device')}>
          {(control) => (
            <Input
              {...control}
              maxLength={40}
              value={form.name}
              onChange={(event) => setForm({ ...form, name: event.target.value })}
            />
          )}
        </Field>
        <Field label={t('Your password')}>
          {(control) => (
            <Input
              {...control}
              type="password"
              autoComplete="current-password"
              value={form.password}
              onChange={(event) => setForm({ ...form, password: event.target.value })}
            />
          )}
        </Field>
        {add.error && (
          <p role="alert" className="text-down">
            {declined ? t('The device made no passkey.') : messageOf(add.error)}
          </p>
        )}
        <Button
          type="submit"
          variant="primary"
          isBusy={add.isPending}
          disabled={!form.name.trim() || !form.password}
          className="justify-self-end"
        >
          {t('Continue')}
        </Button>
      </form>
    </Dialog>
  );
}

function RenameDialog({ passkey, onClose }: { passkey: Passkey; onClose: () => void }) {
  const [name, setName] = useState(passkey.name);
  const rename = useRenamePasskey(passkey.id);
  return (
    <Dialog isOpen onClose={onClose} title={t('Rename {{name}}', { name: passkey.name })}>
      <form
        className="grid gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          rename.mutate(name.trim(), { onSuccess: onClose });
        }}
      >
        <Field label={t('Name of the device')} error={rename.error ? messageOf(rename.error) : undefined}>
          {(control) => (
            <Input
              {...control}
              maxLength={40}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <Button type="submit" variant="primary" isBusy={rename.isPending} className="justify-self-end">
          {t('Rename')}
        </Button>
      </form>
    </Dialog>
  );
}
