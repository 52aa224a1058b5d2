import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { DataTable } from '@/components/data-table/data-table';
import { loadable } from '@/components/data-table/loadable';
import type { Column } from '@/components/data-table/types';
import { SelectFilter } from '@/components/filters/filter-bar';
import { ChartLink } from '@/components/market/chart-link';
import { InstrumentLabel } from '@/components/market/instrument-label';
import { DayChange, Ltp } from '@/components/market/live';
import { TradeButtons } from '@/components/market/trade-buttons';
import { Input } from '@/components/ui/input';
import { useDebounced } from '@/hooks/use-debounced';
import { useUrlState } from '@/hooks/use-url-state';
import { formatPrice, formatQuantity } from '@/lib/format';
import { searchQuery } from '@/lib/instruments/queries';
import { EXCHANGES, type Instrument } from '@/lib/instruments/schema';

/** A strike, lot or tick of 0 on the wire means the instrument has none. */
const known = (value: number | null) => value || null;

const COLUMNS: Column<Instrument>[] = [
  {
    id: 'symbol',
    title: 'Symbol',
    width: 212,
    value: (i) => i.symbol,
    cell: (i) => <InstrumentLabel {...i} />,
  },
  {
    id: 'name',
    title: 'Name',
    isStretched: true,
    value: (i) => i.name,
    cell: (i) => <span className="text-muted">{i.name}</span>,
  },
  {
    id: 'instrumenttype',
    title: 'Type',
    width: 60,
    value: (i) => i.instrumenttype,
    cell: (i) => i.instrumenttype,
  },
  { id: 'expiry', title: 'Expiry', width: 96, value: (i) => i.expiry, cell: (i) => i.expiry ?? '–' },
  {
    id: 'strike',
    title: 'Strike',
    width: 92,
    align: 'right',
    value: (i) => known(i.strike),
    cell: (i) => formatPrice(known(i.strike)),
  },
  {
    id: 'lotsize',
    title: 'Lot',
    width: 72,
    align: 'right',
    value: (i) => i.lotsize,
    cell: (i) => formatQuantity(known(i.lotsize)),
  },
  {
    id: 'tick_size',
    title: 'Tick',
    isRoomy: true,
    width: 72,
    align: 'right',
    value: (i) => i.tick_size,
    cell: (i) => formatPrice(known(i.tick_size), i.tick_size),
  },
  {
    id: 'freeze_qty',
    title: 'Freeze',
    isRoomy: true,
    width: 84,
    align: 'right',
    value: (i) => i.freeze_qty,
    cell: (i) => formatQuantity(known(i.freeze_qty)),
  },
  { id: 'ltp', title: 'LTP', width: 104, align: 'right', cell: (i) => <Ltp of={i} tickSize={i.tick_size} /> },
  { id: 'change', title: 'Day %', width: 80, align: 'right', cell: (i) => <DayChange of={i} /> },
  {
    id: 'actions',
    title: '',
    width: 108,
    align: 'right',
    cell: (i) => (
      <span className="inline-flex gap-1">
        <ChartLink of={i} />
        <TradeButtons of={i} />
      </span>
    ),
  },
];

function InstrumentCard({ instrument }: { instrument: Instrument }) {
  return (
    <div className="flex items-center gap-2">
      <span className="min-w-0 flex-1">
        <InstrumentLabel {...instrument} />
        <span className="block truncate text-muted text-xs">
          {[instrument.name, instrument.expiry, known(instrument.lotsize) && `lot ${instrument.lotsize}`]
            .filter(Boolean)
            .join(' · ')}
        </span>
      </span>
      <Ltp of={instrument} tickSize={instrument.tick_size} className="font-medium" />
      <span className="inline-flex gap-1 [&_a]:size-8 [&_button]:size-8">
        <ChartLink of={instrument} />
        <TradeButtons of={instrument} />
      </span>
    </div>
  );
}

export function SymbolSearch() {
  const { read, set } = useUrlState();
  const text = read('q');
  const exchange = read('exchange');
  const settled = useDebounced(text.trim());
  const isAsking = settled.length >= 2;
  const query = useQuery(searchQuery({ q: settled, exchange, limit: 200 }));
  const rows = useMemo(() => (isAsking ? query.data : []), [isAsking, query.data]);
  return (
    <DataTable
      name="Instruments"
      columns={COLUMNS}
      source={loadable(query, rows)}
      rowKey={(instrument) => `${instrument.exchange}:${instrument.symbol}`}
      describeRow={(instrument) => ({
        instrument: { symbol: instrument.symbol, exchange: instrument.exchange },
      })}
      card={(instrument) => <InstrumentCard instrument={instrument} />}
      empty={
        isAsking
          ? {
              title: `No instrument matches “${settled}”`,
              hint: 'Check the exchange filter, or reload the contracts on the broker page.',
            }
          : {
              title: 'Find any instrument',
              hint: 'Type at least two letters. Words combine: NIFTY 25000 CE.',
            }
      }
      toolbar={
        <>
          <h1 className="font-semibold text-base">Symbol search</h1>
          <Input
            type="search"
            aria-label="Search instruments"
            placeholder="Symbol, name, strike, expiry"
            className="h-7 w-72 max-md:w-full"
            autoFocus
            value={text}
            onChange={(event) => set('q', event.target.value)}
          />
          <SelectFilter
            label="Exchange"
            value={exchange}
            options={EXCHANGES}
            onChange={(value) => set('exchange', value)}
          />
        </>
      }
    />
  );
}
