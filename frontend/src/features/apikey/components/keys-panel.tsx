import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { toast } from 'sonner';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { ErrorState, Skeleton } from '@/components/ui/states';
import { type ApiKey, keysQuery, useRevokeKey } from '@/features/apikey/api/keys';
import { KeyDialog } from '@/features/apikey/components/key-dialog';
import { SCOPE_NAMES } from '@/features/apikey/components/key-words';
import { ReplaceDialog } from '@/features/apikey/components/replace-dialog';
import { SecretDialog } from '@/features/apikey/components/secret-dialog';
import { messageOf } from '@/lib/api/errors';
import { formatMoment } from '@/lib/format';
import { t } from '@/messages/words';

type Open =
  | { what: 'form'; key: ApiKey | null }
  | { what: 'replace' | 'revoke'; key: ApiKey }
  | { what: 'secret'; name: string; secret: string }
  | null;

/** Every key of the user: what it opens, when it was last used, and what can be done with it. */
export function KeysPanel() {
  const { data, error, refetch } = useQuery(keysQuery);
  const [open, setOpen] = useState<Open>(null);
  const revoke = useRevokeKey();
  const close = () => setOpen(null);
  const show = (name: string, secret: string) => setOpen({ what: 'secret', name, secret });
  if (!data)
    return error ? (
      <ErrorState error={error} onRetry={() => void refetch()} />
    ) : (
      <Skeleton className="m-4 h-24" />
    );
  const end = (key: ApiKey) =>
    revoke.mutate(key.id, {
      onSuccess: () => {
        toast.success(t('{{name}} was revoked', { name: key.name }));
        close();
      },
      onError: (refusal) => toast.error(t('Nothing was revoked'), { description: messageOf(refusal) }),
    });
  return (
    <section aria-label={t('All API keys')} className="grid gap-2 border-line border-t p-4">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p className="min-w-48 max-w-prose flex-1 text-muted">
          {t('One key for each program, with what it needs and no more.')}
        </p>
        <Button variant="primary" onClick={() => setOpen({ what: 'form', key: null })}>
          <Plus /> {t('New key')}
        </Button>
      </div>
      <KeyTable keys={data.keys} onOpen={setOpen} />
      {open?.what === 'form' && (
        <KeyDialog subject={open.key} limitFields={data.limit_fields} onClose={close} onMade={show} />
      )}
      {open?.what === 'replace' && <ReplaceDialog subject={open.key} onClose={close} onMade={show} />}
      {open?.what === 'secret' && <SecretDialog name={open.name} secret={open.secret} onClose={close} />}
      {open?.what === 'revoke' && (
        <ConfirmDialog
          isOpen
          onClose={close}
          onConfirm={() => end(open.key)}
          isBusy={revoke.isPending}
          title={t('Revoke {{name}}?', { name: open.key.name })}
          description={t('Programs that use it are refused at once. Orders and GTTs that it placed stand.')}
          confirmLabel={t('Revoke key')}
          cancelLabel={t('Keep key')}
        />
      )}
    </section>
  );
}

function KeyTable({ keys, onOpen }: { keys: readonly ApiKey[]; onOpen: (open: Open) => void }) {
  if (keys.length === 0) return <p className="text-muted">{t('No API key yet')}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section aria-label={t('Table of API keys')} tabIndex={0} className="relative overflow-x-auto">
      <table className="w-full text-left text-xs">
        <thead className="text-muted">
          <tr className="border-line border-b [&>th]:py-1.5 [&>th]:pr-4 [&>th]:font-normal">
            <th scope="col">{t('Name')}</th>
            <th scope="col">{t('Key')}</th>
            <th scope="col">{t('It may')}</th>
            <th scope="col">{t('Addresses')}</th>
            <th scope="col">{t('Ends')}</th>
            <th scope="col">{t('Last used')}</th>
            <th scope="col">
              <span className="sr-only">{t('Actions')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <KeyRow key={key.id} subject={key} onOpen={onOpen} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function KeyRow({ subject, onOpen }: { subject: ApiKey; onOpen: (open: Open) => void }) {
  const { name } = subject;
  return (
    <tr className="h-8 whitespace-nowrap border-line border-b [&>*]:pr-4">
      <th scope="row" className="font-normal">
        <span className="mr-2">{name}</span>
        {subject.order_mode === 'semi_auto' && <Badge tone="warn">{t('waits for approval')}</Badge>}
      </th>
      <td className="font-mono">{subject.masked}</td>
      <td>{SCOPE_NAMES[subject.scope]}</td>
      <td className="max-w-48 truncate font-mono" title={subject.addresses.join(', ')}>
        {subject.addresses.join(', ') || t('all')}
      </td>
      <td className="tabular-nums">
        {subject.is_expired ? (
          <Badge tone="bad">{t('ended')}</Badge>
        ) : subject.expires_at ? (
          formatMoment(subject.expires_at)
        ) : (
          '–'
        )}
      </td>
      <td className="tabular-nums">
        {subject.last_used_at ? formatMoment(subject.last_used_at) : t('never')}
        {subject.previous_until && (
          <span className="block text-muted">
            {t('old key until {{time}}', { time: formatMoment(subject.previous_until) })}
          </span>
        )}
      </td>
      <td>
        <span className="flex justify-end gap-1">
          <Button
            size="xs"
            aria-label={t('Change {{name}}', { name })}
            onClick={() => onOpen({ what: 'form', key: subject })}
          >
            {t('Change')}
          </Button>
          <Button size="xs" asChild>
            <Link to={`/risk?scope=key:${subject.id}`} aria-label={t('Limits of {{name}}', { name })}>
              {t('Limits')}
            </Link>
          </Button>
          <Button
            size="xs"
            aria-label={t('Replace {{name}}', { name })}
            onClick={() => onOpen({ what: 'replace', key: subject })}
          >
            {t('Replace')}
          </Button>
          <Button
            size="xs"
            aria-label={t('Revoke {{name}}', { name })}
            onClick={() => onOpen({ what: 'revoke', key: subject })}
          >
            {t('Revoke')}
          </Button>
        </span>
      </td>
    </tr>
  );
}
