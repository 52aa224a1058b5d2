import { useQuery } from '@tanstack/react-query';
import { type ChangeEvent, type FormEvent, useRef, useState } from 'react';
import { toast } from 'sonner';
import { DataTable } from '@/components/data-table/data-table';
import { loadable } from '@/components/data-table/loadable';
import type { Column } from '@/components/data-table/types';
import { SelectFilter, TextFilter } from '@/components/filters/filter-bar';
import { Button } from '@/components/ui/button';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input, Select } from '@/components/ui/input';
import {
  type Freeze,
  freezesQuery,
  useForgetFreeze,
  useSetFreeze,
  useUploadFreezes,
} from '@/features/operator/api/market-rules';
import { useSave } from '@/features/operator/components/save';
import { useUrlState } from '@/hooks/use-url-state';
import { messageOf } from '@/lib/api/errors';
import { formatQuantity } from '@/lib/format';
import { t } from '@/messages/words';

const EXCHANGES = ['NFO', 'BFO', 'CDS', 'BCD', 'MCX', 'NCDEX'];
const NEW: Freeze = { exchange: 'NFO', symbol: '', freeze_qty: 0 };

function FreezeDialog({ freeze, onClose }: { freeze: Freeze; onClose: () => void }) {
  const isNew = freeze.symbol === '';
  const { save, errors, isBusy } = useSave(
    useSetFreeze(),
    t('The freeze quantity holds from now on'),
    onClose,
  );
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    save({
      exchange: isNew ? String(form.get('exchange')) : freeze.exchange,
      symbol: isNew ? String(form.get('symbol')).trim().toUpperCase() : freeze.symbol,
      freeze_qty: Number(form.get('freeze_qty')),
    });
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={isNew ? t('New freeze quantity') : t('Freeze quantity of {{symbol}}', { symbol: freeze.symbol })}
      description={t('The exchange rejects an order above it. It holds for the next order.')}
    >
      <form onSubmit={submit} className="grid gap-3">
        {isNew && (
          <>
            <Field label={t('Exchange')} {...(errors.exchange && { error: errors.exchange })}>
              {(control) => (
                <Select name="exchange" {...control}>
                  {EXCHANGES.map((each) => (
                    <option key={each}>{each}</option>
                  ))}
                </Select>
              )}
            </Field>
            <Field label={t('Underlying')} {...(errors.symbol && { error: errors.symbol })}>
              {(control) => <Input name="symbol" required maxLength={80} autoComplete="off" {...control} />}
            </Field>
          </>
        )}
        <Field
          label={t('Largest quantity of one order, units')}
          {...(errors.freeze_qty && { error: errors.freeze_qty })}
        >
          {(control) => (
            <Input
              name="freeze_qty"
              inputMode="numeric"
              pattern="[0-9]{1,10}"
              required
              defaultValue={freeze.freeze_qty || ''}
              className="text-right tabular-nums"
              {...control}
            />
          )}
        </Field>
        {errors.form && !errors.freeze_qty && !errors.symbol && (
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

/** The exchange's own file, read here and sent as text. */
function UploadButton({ exchange }: { exchange: string }) {
  const upload = useUploadFreezes();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState<string | null>(null);
  const read = async (event: ChangeEvent<HTMLInputElement>) => {
    setText((await event.target.files?.[0]?.text()) ?? null);
    event.target.value = '';
  };
  const send = () =>
    upload.mutate(
      { exchange, text: text ?? '' },
      {
        onSuccess: ({ rows }) =>
          toast.success(
            t('{{count}} freeze quantities hold now', {
              count: rows,
              one: '{{count}} freeze quantity holds now',
            }),
          ),
        onError: (error) => toast.error(t('The file was not taken'), { description: messageOf(error) }),
        onSettled: () => setText(null),
      },
    );
  return (
    <>
      <Button size="sm" onClick={() => input.current?.click()}>
        {t('CSV file for {{exchange}}', { exchange })}
      </Button>
      <input
        ref={input}
        type="file"
        accept=".csv,text/csv"
        hidden
        aria-label={t('CSV file')}
        onChange={read}
      />
      <ConfirmDialog
        isOpen={text !== null}
        onClose={() => setText(null)}
        onConfirm={send}
        isBusy={upload.isPending}
        title={t('Replace every freeze quantity of {{exchange}}?', { exchange })}
        description={t('What the file does not name is then not known.')}
        confirmLabel={t('Replace')}
      />
    </>
  );
}

function columnsOf(edit: (row: Freeze) => void, forget: (row: Freeze) => void): Column<Freeze>[] {
  return [
    {
      id: 'exchange',
      title: t('Exchange'),
      width: 110,
      value: (row) => row.exchange,
      cell: (row) => row.exchange,
    },
    {
      id: 'symbol',
      title: t('Underlying'),
      isStretched: true,
      value: (row) => row.symbol,
      cell: (row) => row.symbol,
    },
    {
      id: 'freeze_qty',
      title: t('Freeze quantity'),
      width: 150,
      align: 'right',
      value: (row) => row.freeze_qty,
      cell: (row) => formatQuantity(row.freeze_qty),
    },
    {
      id: 'actions',
      title: t('Change'),
      width: 170,
      cell: (row) => <Actions row={row} edit={edit} forget={forget} />,
    },
  ];
}

interface ActionsProps {
  row: Freeze;
  edit: (row: Freeze) => void;
  forget: (row: Freeze) => void;
}

function Actions({ row, edit, forget }: ActionsProps) {
  return (
    <span className="inline-flex gap-1">
      <Button size="xs" aria-label={t('Edit {{name}}', { name: row.symbol })} onClick={() => edit(row)}>
        {t('Edit')}
      </Button>
      <Button
        size="xs"
        variant="ghost"
        aria-label={t('Forget {{name}}', { name: row.symbol })}
        onClick={() => forget(row)}
      >
        {t('Forget')}
      </Button>
    </span>
  );
}

export function FreezesTable() {
  const { read, set, setAll } = useUrlState();
  const query = useQuery(freezesQuery);
  const [edited, setEdited] = useState<Freeze | null>(null);
  const [forgotten, setForgotten] = useState<Freeze | null>(null);
  const forget = useForgetFreeze();
  const exchange = read('exchange');
  const words = read('q').toUpperCase();
  const rows = query.data?.filter(
    (row) => (!exchange || row.exchange === exchange) && row.symbol.includes(words),
  );
  const exchanges = [...new Set(query.data?.map((row) => row.exchange))];
  return (
    <>
      <DataTable
        name={t('Freeze quantities')}
        columns={columnsOf(setEdited, setForgotten)}
        source={loadable(query, rows)}
        {...(query.data && { allRows: query.data })}
        rowKey={(row) => `${row.exchange} ${row.symbol}`}
        defaultSort={{ id: 'symbol', isDescending: false }}
        onOpen={setEdited}
        hasFilter={Boolean(exchange || words)}
        onClearFilter={() => setAll({ exchange: null, q: null })}
        card={(row) => (
          <div className="flex items-center gap-2">
            {row.symbol} <span className="text-muted text-xs">{row.exchange}</span>
            <span className="ml-auto tabular-nums">{formatQuantity(row.freeze_qty)}</span>
            <Actions row={row} edit={setEdited} forget={setForgotten} />
          </div>
        )}
        empty={{ title: t('No freeze quantity is known') }}
        toolbar={
          <>
            <SelectFilter
              label={t('Exchange')}
              value={exchange}
              options={exchanges}
              onChange={(value) => set('exchange', value)}
            />
            <TextFilter label={t('Underlying')} value={read('q')} onChange={(q) => set('q', q)} />
            <Button size="sm" onClick={() => setEdited(NEW)}>
              {t('Add')}
            </Button>
            <UploadButton exchange={exchange || 'NFO'} />
          </>
        }
      />
      {edited && <FreezeDialog freeze={edited} onClose={() => setEdited(null)} />}
      <ConfirmDialog
        isOpen={forgotten !== null}
        onClose={() => setForgotten(null)}
        onConfirm={() =>
          forgotten &&
          forget.mutate(forgotten, {
            onError: (error) => toast.error(t('It stays as it is'), { description: messageOf(error) }),
            onSettled: () => setForgotten(null),
          })
        }
        isBusy={forget.isPending}
        title={t('Forget the freeze quantity of {{symbol}}?', { symbol: forgotten?.symbol ?? '' })}
        description={t('Orders are then not held to one; the exchange may reject what is too large.')}
        confirmLabel={t('Forget')}
      />
    </>
  );
}
