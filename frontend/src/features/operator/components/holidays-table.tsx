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
import { Input, Select } from '@/components/ui/input';
import {
  type Holiday,
  holidaysQuery,
  usePutHoliday,
  useRemoveHoliday,
} from '@/features/operator/api/market-rules';
import { DayGroups } from '@/features/operator/components/day-groups';
import { useSave } from '@/features/operator/components/save';
import { windowsText } from '@/features/operator/components/windows-field';
import { groupsOf, sessionsOf } from '@/features/operator/hooks/day-groups';
import { useUrlState } from '@/hooks/use-url-state';
import { messageOf } from '@/lib/api/errors';
import { t } from '@/messages/words';

const TYPES: Readonly<Record<Holiday['type'], string>> = {
  TRADING_HOLIDAY: t('Trading holiday'),
  SETTLEMENT_HOLIDAY: t('Settlement holiday'),
  SPECIAL_SESSION: t('Special session'),
};
const WEEKDAY = new Intl.DateTimeFormat('en-GB', { weekday: 'short', timeZone: 'UTC' });
const NEW: Holiday = {
  date: '',
  description: '',
  type: 'TRADING_HOLIDAY',
  settles: false,
  notified: true,
  source: 'operator',
  amended: false,
  sessions: {},
};

/** Exchanges that are closed, and the hours of those that open. */
export function sessionsText({ sessions }: Pick<Holiday, 'sessions'>): string {
  const rows = Object.entries(sessions);
  const closed = rows.filter(([, windows]) => windows.length === 0).map(([exchange]) => exchange);
  const open = rows.filter(([, windows]) => windows.length > 0);
  return [
    ...(closed.length > 0 ? [t('closed: {{exchanges}}', { exchanges: closed.join(' ') })] : []),
    ...open.map(([exchange, windows]) => `${exchange} ${windowsText(windows)}`),
  ].join(' · ');
}

interface DayDialogProps {
  day: Holiday;
  exchanges: readonly string[];
  onClose: () => void;
}

function DayDialog({ day, exchanges, onClose }: DayDialogProps) {
  const [type, setType] = useState(day.type);
  const [groups, setGroups] = useState(() => groupsOf(day.sessions));
  const { save, errors, isBusy } = useSave(usePutHoliday(), t('The day holds from now on'), onClose);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    save({
      date: day.date || String(form.get('date')),
      description: String(form.get('description')),
      type,
      settles: form.get('settles') === 'on',
      sessions: type === 'SETTLEMENT_HOLIDAY' ? {} : sessionsOf(groups),
    });
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={day.date ? t('Correct {{date}}', { date: day.date }) : t('New day')}
      description={t('It holds in every part of the program at once.')}
    >
      <form onSubmit={submit} className="grid gap-3">
        {!day.date && (
          <Field label={t('Date')} {...(errors.date && { error: errors.date })}>
            {(control) => (
              <Input name="date" type="date" required min="2020-01-01" max="2050-12-31" {...control} />
            )}
          </Field>
        )}
        <Field label={t('Description')} {...(errors.description && { error: errors.description })}>
          {(control) => (
            <Input name="description" required maxLength={150} defaultValue={day.description} {...control} />
          )}
        </Field>
        <Field label={t('Kind of day')}>
          {(control) => (
            <Select
              value={type}
              onChange={(event) => setType(event.target.value as Holiday['type'])}
              {...control}
            >
              {Object.entries(TYPES).map(([value, label]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {type !== 'SETTLEMENT_HOLIDAY' && (
          <DayGroups groups={groups} exchanges={exchanges} onChange={setGroups} />
        )}
        <label className="inline-flex items-center gap-1.5">
          <input name="settles" type="checkbox" defaultChecked={day.settles} />{' '}
          {t('Trades settle on this day')}
        </label>
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
  day: Holiday;
  edit: (day: Holiday) => void;
  takeBack: (day: Holiday) => void;
}

function Actions({ day, edit, takeBack }: ActionsProps) {
  return (
    <span className="inline-flex gap-1">
      <Button size="xs" aria-label={t('Correct {{date}}', { date: day.date })} onClick={() => edit(day)}>
        {t('Correct')}
      </Button>
      {day.amended && (
        <Button
          size="xs"
          variant="ghost"
          aria-label={t('Take back {{name}}', { name: day.date })}
          onClick={() => takeBack(day)}
        >
          {t('Take back')}
        </Button>
      )}
    </span>
  );
}

function columnsOf(edit: (day: Holiday) => void, takeBack: (day: Holiday) => void): Column<Holiday>[] {
  return [
    {
      id: 'date',
      title: t('Date'),
      width: 150,
      value: (row) => row.date,
      cell: (row) => (
        <span className="tabular-nums">
          {row.date} <span className="text-muted">{WEEKDAY.format(new Date(row.date))}</span>
        </span>
      ),
    },
    {
      id: 'description',
      title: t('Description'),
      width: 220,
      value: (row) => row.description,
      cell: (row) => row.description,
    },
    {
      id: 'type',
      title: t('Kind'),
      width: 150,
      value: (row) => TYPES[row.type],
      cell: (row) => TYPES[row.type],
    },
    {
      id: 'sessions',
      title: t('Exchanges'),
      isStretched: true,
      value: sessionsText,
      cell: (row) => <span title={sessionsText(row)}>{sessionsText(row) || '–'}</span>,
    },
    {
      id: 'source',
      title: t('Source'),
      width: 180,
      isRoomy: true,
      value: (row) => row.source,
      cell: (row) =>
        row.amended ? (
          <Badge tone="warn">{t('set here')}</Badge>
        ) : (
          <span title={row.source}>{row.source}</span>
        ),
    },
    {
      id: 'actions',
      title: t('Change'),
      width: 170,
      cell: (row) => <Actions day={row} edit={edit} takeBack={takeBack} />,
    },
  ];
}

export function HolidaysTable() {
  const { read, set } = useUrlState();
  const query = useQuery(holidaysQuery(read('year')));
  const [edited, setEdited] = useState<Holiday | null>(null);
  const [taken, setTaken] = useState<Holiday | null>(null);
  const remove = useRemoveHoliday();
  const year = query.data?.year ?? new Date().getFullYear();
  return (
    <>
      <DataTable
        name={t('Holidays')}
        columns={columnsOf(setEdited, setTaken)}
        source={loadable(query, query.data?.days)}
        rowKey={(row) => row.date}
        defaultSort={{ id: 'date', isDescending: false }}
        onOpen={setEdited}
        card={(row) => (
          <div className="grid gap-0.5">
            <p className="flex gap-2">
              {row.description}
              <span className="ml-auto text-muted text-xs">{row.date}</span>
            </p>
            <p className="text-xs">{sessionsText(row)}</p>
            <Actions day={row} edit={setEdited} takeBack={setTaken} />
          </div>
        )}
        empty={{ title: t('No exceptional day in {{year}}', { year }) }}
        toolbar={
          <>
            <Button size="sm" aria-label={t('Year before')} onClick={() => set('year', String(year - 1))}>
              ‹
            </Button>
            <span className="font-medium tabular-nums">{year}</span>
            <Button size="sm" aria-label={t('Year after')} onClick={() => set('year', String(year + 1))}>
              ›
            </Button>
            <Button size="sm" onClick={() => setEdited(NEW)}>
              {t('Add')}
            </Button>
            {query.data?.warnings.map((warning) => (
              <Badge key={warning} tone="warn">
                {warning}
              </Badge>
            ))}
          </>
        }
      />
      {edited && query.data && (
        <DayDialog day={edited} exchanges={query.data.exchanges} onClose={() => setEdited(null)} />
      )}
      <ConfirmDialog
        isOpen={taken !== null}
        onClose={() => setTaken(null)}
        onConfirm={() =>
          taken &&
          remove.mutate(taken.date, {
            onError: (error) => toast.error(t('It stays as it is'), { description: messageOf(error) }),
            onSettled: () => setTaken(null),
          })
        }
        isBusy={remove.isPending}
        title={t('Take back {{name}}?', { name: taken?.date ?? '' })}
        description={t('What came with the program stands again.')}
        confirmLabel={t('Take back')}
      />
    </>
  );
}
