import { useQuery } from '@tanstack/react-query';
import { Plus, X } from 'lucide-react';
import { type FormEvent, useRef, useState } from 'react';
import { toast } from 'sonner';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input, Select } from '@/components/ui/input';
import { type PaperSettings, paperSettingsQuery, useSavePaperSettings } from '@/features/paper/api/paper';
import {
  complaintOf,
  EXCHANGES,
  FIGURES,
  newRow,
  type RateDraft,
  rowsOf,
  SEGMENTS,
  sentRows,
} from '@/features/paper/components/charge-rate-fields';
import { ApiError, messageOf } from '@/lib/api/errors';
import { useSession } from '@/lib/session/bootstrap';
import { t } from '@/messages/words';

interface RowProps {
  row: RateDraft;
  number: number;
  error: string | null;
  onChange: (row: RateDraft) => void;
  onRemove: () => void;
}

function RateRow({ row, number, error, onChange, onRemove }: RowProps) {
  const set = (name: string, text: string) => onChange({ ...row, [name]: text });
  const choice = (name: string, label: string, options: typeof SEGMENTS) => (
    <Field label={label}>
      {(control) => (
        <Select {...control} value={row[name] ?? ''} onChange={(event) => set(name, event.target.value)}>
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
  return (
    <fieldset className="min-w-0 border-line border-t pt-2">
      <legend className="sr-only">{t('Rate {{number}}', { number })}</legend>
      <div className="grid grid-cols-[repeat(auto-fill,minmax(8.5rem,1fr))] gap-x-4 gap-y-2 max-md:grid-cols-2">
        {choice('segment', t('Segment'), SEGMENTS)}
        {choice('exchange', t('Exchange'), EXCHANGES)}
        <Field label={t('Since (empty: always)')}>
          {(control) => (
            <Input
              {...control}
              type="date"
              value={row.since ?? ''}
              onChange={(event) => set('since', event.target.value)}
            />
          )}
        </Field>
        {FIGURES.map(({ name, label }) => (
          <Field key={name} label={label}>
            {(control) => (
              <Input
                {...control}
                inputMode="decimal"
                autoComplete="off"
                placeholder={t('as listed')}
                value={row[name] ?? ''}
                onChange={(event) => set(name, event.target.value)}
                className="tabular-nums"
              />
            )}
          </Field>
        ))}
        <Button className="self-end" onClick={onRemove} aria-label={t('Remove rate {{number}}', { number })}>
          <X /> {t('Remove')}
        </Button>
      </div>
      {error && (
        <p role="alert" className="mt-1 text-down text-xs">
          {t('Rate {{number}} {{problem}}', { number, problem: error })}
        </p>
      )}
    </fieldset>
  );
}

interface Entry {
  id: number;
  row: RateDraft;
}

function Form({ settings, isAdmin }: { settings: PaperSettings; isAdmin: boolean }) {
  const save = useSavePaperSettings();
  const ids = useRef(0);
  const entriesOf = (stored: unknown): Entry[] =>
    rowsOf(stored).map((row) => {
      ids.current += 1;
      return { id: ids.current, row };
    });
  const [entries, setEntries] = useState(() => entriesOf(settings.values.charge_rates));
  const [isChecked, setIsChecked] = useState(false);
  const rows = entries.map(({ row }) => row);
  const isChanged =
    JSON.stringify(sentRows(rows)) !== JSON.stringify(sentRows(rowsOf(settings.values.charge_rates)));
  const refused = save.error instanceof ApiError ? save.error.fields.charge_rates?.[0] : undefined;
  const add = () => {
    ids.current += 1;
    setEntries((now) => [...now, { id: ids.current, row: newRow('') }]);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setIsChecked(true);
    if (rows.some((row) => complaintOf(row) !== null)) return;
    save.mutate(
      { values: { charge_rates: sentRows(rows) } },
      {
        onSuccess: (next) => {
          setEntries(entriesOf(next.values.charge_rates));
          setIsChecked(false);
          toast.success(t('Charge rates saved'));
        },
        onError: (error) => toast.error(t('Nothing was saved'), { description: messageOf(error) }),
      },
    );
  };
  return (
    <form onSubmit={submit} aria-label={t('Charge rates')} className="border-line border-t">
      <fieldset disabled={!isAdmin} className="grid gap-3 p-3">
        <legend className="sr-only">{t('Charge rates')}</legend>
        <div>
          <h2 className="font-semibold text-sm">{t('Charge rates that differ')}</h2>
          <p className="text-muted text-xs">
            {t(
              "Figures replace those of the built-in table from their date on. Shares are fractions of turnover (0.0003 is 0.03 %); an empty box keeps the table's figure.",
            )}
            {settings.values.charges !== true && ` ${t('Charges are switched off now.')}`}
          </p>
        </div>
        {entries.map(({ id, row }, place) => (
          <RateRow
            key={id}
            row={row}
            number={place + 1}
            error={isChecked ? complaintOf(row) : null}
            onChange={(next) =>
              setEntries((now) => now.map((entry) => (entry.id === id ? { id, row: next } : entry)))
            }
            onRemove={() => setEntries((now) => now.filter((entry) => entry.id !== id))}
          />
        ))}
        {refused && (
          <p role="alert" className="text-down text-xs">
            {refused}
          </p>
        )}
        <div className="flex flex-wrap items-center gap-2">
          <Button onClick={add}>
            <Plus /> {t('Add a rate')}
          </Button>
          <Button type="submit" variant="primary" isBusy={save.isPending} disabled={!isChanged}>
            {t('Save rates')}
          </Button>
        </div>
      </fieldset>
    </form>
  );
}

/** What the user knows better than the built-in table of charges, by segment, exchange and date. */
export function ChargeRates() {
  const { user } = useSession();
  const { data } = useQuery(paperSettingsQuery);
  return data ? <Form settings={data} isAdmin={user?.is_admin ?? false} /> : null;
}
