import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { toast } from 'sonner';
import { DataTable } from '@/components/data-table/data-table';
import { loadable } from '@/components/data-table/loadable';
import type { Column } from '@/components/data-table/types';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import {
  type Ban,
  type BanRules,
  bansQuery,
  useBan,
  useBanRules,
  useLift,
  type Watched,
} from '@/features/operator/api/bans';
import { useSave } from '@/features/operator/components/save';
import { moment } from '@/features/operator/hooks/figures';
import { messageOf } from '@/lib/api/errors';
import { formatQuantity } from '@/lib/format';
import { t } from '@/messages/words';

function BanDialog({ address, onClose }: { address: string; onClose: () => void }) {
  const { save, errors, isBusy } = useSave(useBan(), t('The address is banned'), onClose);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    save({
      address: String(form.get('address')).trim(),
      hours: Number(form.get('hours')),
      note: String(form.get('note')),
    });
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('Ban an address')}
      description={t('It is answered nothing more, at once.')}
    >
      <form onSubmit={submit} className="grid gap-3">
        <Field label={t('Address')} {...(errors.address && { error: errors.address })}>
          {(control) => <Input name="address" required maxLength={50} defaultValue={address} {...control} />}
        </Field>
        <Field label={t('Hours, 0 for good')} {...(errors.hours && { error: errors.hours })}>
          {(control) => (
            <Input
              name="hours"
              inputMode="numeric"
              pattern="[0-9]{1,4}"
              required
              defaultValue="24"
              {...control}
            />
          )}
        </Field>
        <Field label={t('Note')}>{(control) => <Input name="note" maxLength={255} {...control} />}</Field>
        {errors.form && !errors.address && (
          <p role="alert" className="text-down text-xs">
            {errors.form}
          </p>
        )}
        <Button type="submit" variant="danger" isBusy={isBusy}>
          {t('Ban')}
        </Button>
      </form>
    </Dialog>
  );
}

function Lift({ address }: { address: string }) {
  const lift = useLift();
  return (
    <Button
      size="xs"
      isBusy={lift.isPending}
      aria-label={t('Lift the ban of {{address}}', { address })}
      onClick={() =>
        lift.mutate(address, {
          onSuccess: () => toast.success(t('{{address}} is served again', { address })),
          onError: (error) => toast.error(t('It stays as it is'), { description: messageOf(error) }),
        })
      }
    >
      {t('Lift')}
    </Button>
  );
}

const BANS: Column<Ban>[] = [
  { id: 'address', title: t('Address'), width: 220, value: (row) => row.address, cell: (row) => row.address },
  {
    id: 'reason',
    title: t('Reason'),
    isStretched: true,
    value: (row) => `${row.reason} ${row.note}`,
    cell: (row) => `${row.reason.replaceAll('_', ' ')} ${row.note}`,
  },
  {
    id: 'times',
    title: t('Times'),
    width: 80,
    align: 'right',
    value: (row) => row.times,
    cell: (row) => row.times,
  },
  {
    id: 'banned',
    title: t('Since'),
    width: 140,
    value: (row) => row.banned_at,
    cell: (row) => moment(row.banned_at),
  },
  {
    id: 'until',
    title: t('Until'),
    width: 140,
    value: (row) => row.until,
    cell: (row) => (row.until ? moment(row.until) : t('for good')),
  },
  { id: 'lift', title: t('Change'), width: 100, cell: (row) => <Lift address={row.address} /> },
];

function watchedColumns(ban: (address: string) => void): Column<Watched>[] {
  return [
    {
      id: 'address',
      title: t('Address'),
      width: 220,
      value: (row) => row.address,
      cell: (row) => row.address,
    },
    {
      id: 'kind',
      title: t('What'),
      width: 150,
      value: (row) => row.kind,
      cell: (row) => (row.kind === 'wrong_key' ? t('wrong keys') : t('unknown paths')),
    },
    {
      id: 'count',
      title: t('Times'),
      width: 80,
      align: 'right',
      value: (row) => row.count,
      cell: (row) => formatQuantity(row.count),
    },
    {
      id: 'seen',
      title: t('Seen'),
      isStretched: true,
      value: (row) => row.seen.join(' '),
      cell: (row) => <span title={row.seen.join(' ')}>{row.seen.join(' ')}</span>,
    },
    {
      id: 'last',
      title: t('Last seen'),
      width: 140,
      value: (row) => row.last_at,
      cell: (row) => moment(row.last_at),
    },
    {
      id: 'ban',
      title: t('Change'),
      width: 100,
      cell: (row) => (
        <Button
          size="xs"
          aria-label={t('Ban {{address}}', { address: row.address })}
          onClick={() => ban(row.address)}
        >
          {t('Ban')}
        </Button>
      ),
    },
  ];
}

const NUMBERS = [
  ['not_found_threshold', t('Unknown paths a day that ban')],
  ['not_found_hours', t('Hours of such a ban, 0 for good')],
  ['wrong_key_threshold', t('Wrong keys a day that ban')],
  ['wrong_key_hours', t('Hours of such a ban, 0 for good')],
  ['repeat_limit', t('This ban of an address is for good')],
] as const;

function RulesDialog({ rules, onClose }: { rules: BanRules; onClose: () => void }) {
  const { save, errors, isBusy } = useSave(useBanRules(), t('The rules hold from now on'), onClose);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const numbers = Object.fromEntries(NUMBERS.map(([name]) => [name, Number(form.get(name))]));
    save({ ...rules, ...numbers, auto_ban: form.get('auto_ban') === 'on' });
  };
  return (
    <Dialog isOpen onClose={onClose} title={t('Rules of bans')}>
      <form onSubmit={submit} className="grid gap-3">
        <label className="inline-flex items-center gap-1.5">
          <input name="auto_ban" type="checkbox" defaultChecked={rules.auto_ban} />
          {t('Ban by itself what passes these numbers')}
        </label>
        {NUMBERS.map(([name, label]) => (
          <Field key={name} label={label} {...(errors[name] && { error: errors[name] })}>
            {(control) => (
              <Input
                name={name}
                inputMode="numeric"
                pattern="[0-9]{1,4}"
                required
                defaultValue={rules[name]}
                {...control}
              />
            )}
          </Field>
        ))}
        <Button type="submit" variant="primary" isBusy={isBusy}>
          {t('Save')}
        </Button>
      </form>
    </Dialog>
  );
}

/** Banned addresses, those that are watched, and how strict the house is. */
export function BansPanel() {
  const query = useQuery(bansQuery);
  const [banned, setBanned] = useState<string | null>(null);
  const [isRuling, setRuling] = useState(false);
  const watched = query.data && Object.values(query.data.watched).flat();
  return (
    <div className="grid min-h-0 flex-1 grid-rows-2">
      <DataTable
        name={t('Banned addresses')}
        columns={BANS}
        source={loadable(query, query.data?.bans)}
        rowKey={(row) => row.address}
        defaultSort={{ id: 'banned', isDescending: true }}
        card={(row) => (
          <p className="flex items-center gap-2">
            {row.address}
            <span className="ml-auto text-muted text-xs">
              {row.until ? moment(row.until) : t('for good')}
            </span>
            <Lift address={row.address} />
          </p>
        )}
        empty={{ title: t('No address is banned') }}
        toolbar={
          <>
            <h2 className="font-semibold">{t('Banned addresses')}</h2>
            <Button size="sm" onClick={() => setBanned('')}>
              {t('Ban an address')}
            </Button>
            <Button size="sm" onClick={() => setRuling(true)} disabled={!query.data}>
              {t('Rules')}
            </Button>
            {query.data && (
              <Badge tone={query.data.rules.auto_ban ? 'good' : 'neutral'}>
                {query.data.rules.auto_ban ? t('bans by itself') : t('bans by hand only')}
              </Badge>
            )}
          </>
        }
      />
      <DataTable
        name={t('Watched addresses')}
        columns={watchedColumns(setBanned)}
        source={loadable(query, watched)}
        rowKey={(row) => `${row.kind} ${row.address}`}
        defaultSort={{ id: 'count', isDescending: true }}
        card={(row) => (
          <p className="flex gap-2">
            {row.address} <span className="ml-auto tabular-nums">{formatQuantity(row.count)}</span>
          </p>
        )}
        empty={{
          title: t('Nobody tried anything'),
          hint: t('Unknown paths and wrong keys of strangers are counted by address.'),
        }}
        toolbar={<h2 className="font-semibold">{t('Watched addresses')}</h2>}
      />
      {banned !== null && <BanDialog address={banned} onClose={() => setBanned(null)} />}
      {isRuling && query.data && <RulesDialog rules={query.data.rules} onClose={() => setRuling(false)} />}
    </div>
  );
}
