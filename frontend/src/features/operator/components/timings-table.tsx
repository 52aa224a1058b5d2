import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { toast } from 'sonner';
import { DataTable } from '@/components/data-table/data-table';
import { loadable } from '@/components/data-table/loadable';
import type { Column } from '@/components/data-table/types';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import {
  type Timing,
  timingsQuery,
  usePutTiming,
  useRemoveTiming,
} from '@/features/operator/api/market-rules';
import { useSave } from '@/features/operator/components/save';
import { WindowsField, windowsText } from '@/features/operator/components/windows-field';
import { messageOf } from '@/lib/api/errors';
import { t } from '@/messages/words';

function nameOf({ group }: Timing): string {
  return group.replaceAll('_', ' ');
}

function TimingDialog({ timing, onClose }: { timing: Timing; onClose: () => void }) {
  const [windows, setWindows] = useState(timing.windows);
  const { save, errors, isBusy } = useSave(usePutTiming(), t('The hours hold from now on'), onClose);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const since = String(new FormData(event.currentTarget).get('since'));
    save({ group: timing.group, since, windows });
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('Hours of {{group}}', { group: nameOf(timing) })}
      description={t('Indian time, HH:MM. An end may be “us”: 23:30 or 23:55 by the clock of New York.')}
    >
      <form onSubmit={submit} className="grid gap-3">
        <Field label={t('From this day on')} {...(errors.since && { error: errors.since })}>
          {(control) => (
            <Input
              name="since"
              type="date"
              required
              min="2020-01-01"
              max="2050-12-31"
              defaultValue={timing.since}
              {...control}
            />
          )}
        </Field>
        <WindowsField label={t('Sessions of a weekday')} windows={windows} onChange={setWindows} />
        {errors.form && (
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

interface ActionsProps {
  timing: Timing;
  edit: (timing: Timing) => void;
  takeBack: (timing: Timing) => void;
}

function Actions({ timing, edit, takeBack }: ActionsProps) {
  const name = `${nameOf(timing)} ${timing.since}`;
  return (
    <span className="inline-flex gap-1">
      <Button size="xs" aria-label={t('Edit {{name}}', { name })} onClick={() => edit(timing)}>
        {t('Edit')}
      </Button>
      {timing.amended && (
        <Button
          size="xs"
          variant="ghost"
          aria-label={t('Take back {{name}}', { name })}
          onClick={() => takeBack(timing)}
        >
          {t('Take back')}
        </Button>
      )}
    </span>
  );
}

function columnsOf(edit: (row: Timing) => void, takeBack: (row: Timing) => void): Column<Timing>[] {
  return [
    { id: 'group', title: t('Group'), width: 220, value: nameOf, cell: nameOf },
    {
      id: 'exchanges',
      title: t('Exchanges'),
      width: 220,
      value: (row) => row.exchanges.join(' '),
      cell: (row) => row.exchanges.join(' ') || t('by instrument'),
    },
    {
      id: 'since',
      title: t('Since'),
      width: 160,
      value: (row) => row.since,
      cell: (row) => (
        <span className="tabular-nums">
          {row.since} {row.amended && <Badge tone="warn">{t('set here')}</Badge>}
        </span>
      ),
    },
    {
      id: 'windows',
      title: t('Sessions'),
      isStretched: true,
      value: (row) => windowsText(row.windows),
      cell: (row) => <span title={windowsText(row.windows)}>{windowsText(row.windows)}</span>,
    },
    {
      id: 'actions',
      title: t('Change'),
      width: 160,
      cell: (row) => <Actions timing={row} edit={edit} takeBack={takeBack} />,
    },
  ];
}

export function TimingsTable() {
  const query = useQuery(timingsQuery);
  const [edited, setEdited] = useState<Timing | null>(null);
  const [taken, setTaken] = useState<Timing | null>(null);
  const remove = useRemoveTiming();
  return (
    <>
      <DataTable
        name={t('Market timings')}
        columns={columnsOf(setEdited, setTaken)}
        source={loadable(query, query.data)}
        rowKey={(row) => `${row.group} ${row.since}`}
        defaultSort={{ id: 'group', isDescending: false }}
        onOpen={setEdited}
        card={(row) => (
          <div className="grid gap-0.5">
            <p className="flex gap-2">
              {nameOf(row)}
              <span className="ml-auto text-muted text-xs">{row.since}</span>
            </p>
            <p className="text-xs">{windowsText(row.windows)}</p>
            <Actions timing={row} edit={setEdited} takeBack={setTaken} />
          </div>
        )}
        empty={{ title: t('No hours are known') }}
      />
      {edited && <TimingDialog timing={edited} onClose={() => setEdited(null)} />}
      <ConfirmDialog
        isOpen={taken !== null}
        onClose={() => setTaken(null)}
        onConfirm={() =>
          taken &&
          remove.mutate(taken, {
            onError: (error) => toast.error(t('It stays as it is'), { description: messageOf(error) }),
            onSettled: () => setTaken(null),
          })
        }
        isBusy={remove.isPending}
        title={t('Take back {{name}}?', { name: taken ? `${nameOf(taken)} ${taken.since}` : '' })}
        description={t('What came with the program stands again.')}
        confirmLabel={t('Take back')}
      />
    </>
  );
}
