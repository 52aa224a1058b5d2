import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { DataTable } from '@/components/data-table/data-table';
import { loadable } from '@/components/data-table/loadable';
import type { Column } from '@/components/data-table/types';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { type RetentionJob, retentionQuery, useRunJob, useSetDays } from '@/features/operator/api/retention';
import { useSave } from '@/features/operator/components/save';
import { moment, recordsOf } from '@/features/operator/hooks/figures';
import { formatQuantity } from '@/lib/format';
import { t } from '@/messages/words';

function daysText({ days }: RetentionJob): string {
  return days === null ? t('for ever') : t('{{count}} days', { count: days, one: '{{count}} day' });
}

function runText({ last_run }: RetentionJob): string {
  if (!last_run) return t('not yet');
  const result = last_run.error ?? t('{{rows}} removed', { rows: formatQuantity(last_run.removed) });
  return `${moment(last_run.began_at)} · ${result} · ${formatQuantity(last_run.duration_ms)} ms`;
}

function DaysDialog({ job, onClose }: { job: RetentionJob; onClose: () => void }) {
  const { save, errors, isBusy } = useSave(useSetDays(), t('Kept that long from now on'), onClose);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    save({ name: job.name, days: Number(new FormData(event.currentTarget).get('days')) });
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={recordsOf(job.name)}
      description={t('What is older is removed with the next run, every day at 03:45 IST.')}
    >
      <form onSubmit={submit} className="grid gap-3">
        <Field
          label={t('Days')}
          {...(errors.days && { error: errors.days })}
          hint={
            job.setting
              ? t('{{setting}} says {{count}}', { setting: job.setting, count: job.default_days ?? 0 })
              : undefined
          }
        >
          {(control) => (
            <Input
              name="days"
              inputMode="numeric"
              pattern="[0-9]{1,5}"
              required
              defaultValue={job.days ?? ''}
              className="text-right tabular-nums"
              {...control}
            />
          )}
        </Field>
        {errors.form && !errors.days && (
          <p role="alert" className="text-down text-xs">
            {errors.form}
          </p>
        )}
        <Button type="submit" variant="primary" isBusy={isBusy}>
          {t('Save')}
        </Button>
      </form>
    </Dialog>
  );
}

function Actions({ job, edit }: { job: RetentionJob; edit: (job: RetentionJob) => void }) {
  const run = useRunJob();
  const name = recordsOf(job.name);
  return (
    <span className="inline-flex gap-1">
      {job.is_adjustable && (
        <Button size="xs" aria-label={t('Edit {{name}}', { name })} onClick={() => edit(job)}>
          {t('Edit')}
        </Button>
      )}
      {job.days !== null && (
        <Button
          size="xs"
          variant="ghost"
          isBusy={run.isPending}
          aria-label={t('Run now: {{name}}', { name })}
          onClick={() => run.mutate(job.name)}
        >
          {t('Run now')}
        </Button>
      )}
    </span>
  );
}

function columnsOf(edit: (job: RetentionJob) => void): Column<RetentionJob>[] {
  return [
    {
      id: 'name',
      title: t('Records'),
      width: 210,
      value: (row) => recordsOf(row.name),
      cell: (row) => recordsOf(row.name),
    },
    { id: 'store', title: t('Store'), width: 100, value: (row) => row.store, cell: (row) => row.store },
    { id: 'days', title: t('Kept'), width: 130, align: 'right', value: (row) => row.days, cell: daysText },
    {
      id: 'by',
      title: t('Set by'),
      width: 110,
      value: (row) => row.set_by ?? row.setting,
      cell: (row) => <span className="text-muted">{row.set_by ?? t('settings')}</span>,
    },
    {
      id: 'last',
      title: t('Last run'),
      isStretched: true,
      value: runText,
      cell: (row) => (
        <span className={row.last_run?.error ? 'text-down' : 'tabular-nums'}>{runText(row)}</span>
      ),
    },
    {
      id: 'next',
      title: t('Next run'),
      width: 140,
      isRoomy: true,
      value: (row) => row.next_run,
      cell: (row) => (row.next_run ? moment(row.next_run) : '–'),
    },
    { id: 'actions', title: t('Change'), width: 170, cell: (row) => <Actions job={row} edit={edit} /> },
  ];
}

export function RetentionTable() {
  const query = useQuery(retentionQuery);
  const [edited, setEdited] = useState<RetentionJob | null>(null);
  return (
    <>
      <DataTable
        name={t('Retention')}
        columns={columnsOf(setEdited)}
        source={loadable(query, query.data)}
        rowKey={(row) => row.name}
        defaultSort={{ id: 'name', isDescending: false }}
        card={(row) => (
          <div className="grid gap-0.5">
            <p className="flex gap-2">
              {recordsOf(row.name)}
              <span className="ml-auto">{daysText(row)}</span>
            </p>
            <p className="text-muted text-xs">{runText(row)}</p>
            <Actions job={row} edit={setEdited} />
          </div>
        )}
        empty={{ title: t('No job') }}
      />
      {edited && <DaysDialog job={edited} onClose={() => setEdited(null)} />}
    </>
  );
}
