import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { DataTable } from '@/components/data-table/data-table';
import { loadable } from '@/components/data-table/loadable';
import type { Column } from '@/components/data-table/types';
import { ChartLink } from '@/components/market/chart-link';
import { InstrumentLabel } from '@/components/market/instrument-label';
import { DayChange, Ltp } from '@/components/market/live';
import { TradeButtons } from '@/components/market/trade-buttons';
import { SearchToolbar } from '@/features/search/components/search-toolbar';
import { useSearchTerms } from '@/features/search/hooks/use-search-terms';
import { formatPrice, formatQuantity } from '@/lib/format';
import { searchQuery } from '@/lib/instruments/queries';
import type { Instrument } from '@/lib/instruments/schema';
import { t } from '@/messages/words';

/** A strike, lot or tick of 0 on the wire means the instrument has none. */
const known = (value: number | null) => value || null;

const COLUMNS: Column<Instrument>[] = [
  {
    id: 'symbol',
    title: t('Symbol'),
    width: 212,
    value: (i) => i.symbol,
    cell: (i) => <InstrumentLabel {...i} />,
  },
  {
    id: 'name',
    title: t('Name'),
    isStretched: true,
    value: (i) => i.name,
    cell: (i) => <span className="text-muted">{i.name}</span>,
  },
  {
    id: 'instrumenttype',
    title: t('Type'),
    width: 60,
    value: (i) => i.instrumenttype,
    cell: (i) => i.instrumenttype,
  },
  { id: 'expiry', title: t('Expiry'), width: 96, value: (i) => i.expiry, cell: (i) => i.expiry ?? '–' },
  {
    id: 'strike',
    title: t('Strike'),
    width: 92,
    align: 'right',
    value: (i) => known(i.strike),
    cell: (i) => formatPrice(known(i.strike)),
  },
  {
    id: 'lotsize',
    title: t('Lot'),
    width: 72,
    align: 'right',
    value: (i) => i.lotsize,
    cell: (i) => formatQuantity(known(i.lotsize)),
  },
  {
    id: 'tick_size',
    title: t('Tick'),
    isRoomy: true,
    width: 72,
    align: 'right',
    value: (i) => i.tick_size,
    cell: (i) => formatPrice(known(i.tick_size), i.tick_size),
  },
  {
    id: 'freeze_qty',
    title: t('Freeze'),
    isRoomy: true,
    width: 84,
    align: 'right',
    value: (i) => i.freeze_qty,
    cell: (i) => formatQuantity(known(i.freeze_qty)),
  },
  {
    id: 'brsymbol',
    title: t('Broker symbol'),
    isRoomy: true,
    width: 150,
    value: (i) => i.brsymbol,
    cell: (i) => <span className="text-muted">{i.brsymbol ?? '–'}</span>,
  },
  {
    id: 'token',
    title: t('Token'),
    isRoomy: true,
    width: 88,
    align: 'right',
    value: (i) => i.token,
    cell: (i) => <span className="text-muted tabular-nums">{i.token ?? '–'}</span>,
  },
  { id: 'ltp', title: 'LTP', width: 104, align: 'right', cell: (i) => <Ltp of={i} tickSize={i.tick_size} /> },
  { id: 'change', title: t('Day %'), width: 80, align: 'right', cell: (i) => <DayChange of={i} /> },
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
          {[
            instrument.name,
            instrument.expiry,
            known(instrument.lotsize) && t('lot {{size}}', { size: instrument.lotsize ?? '' }),
          ]
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
  const terms = useSearchTerms();
  const { asked, given } = terms;
  const query = useQuery(searchQuery(asked ?? { q: '' }));
  const rows = useMemo(() => (asked ? query.data : []), [asked, query.data]);
  return (
    <DataTable
      book="search"
      name={t('Instruments')}
      columns={COLUMNS}
      source={loadable(query, rows)}
      rowKey={(instrument) => `${instrument.exchange}:${instrument.symbol}`}
      describeRow={(instrument) => ({
        instrument: { symbol: instrument.symbol, exchange: instrument.exchange },
      })}
      card={(instrument) => <InstrumentCard instrument={instrument} />}
      hasFilter={asked !== null && terms.isNarrowed}
      onClearFilter={terms.clear}
      empty={
        asked
          ? {
              title: t('No instrument matches “{{typed}}”', { typed: given.q.trim() }),
              hint: t('Check the exchange filter, or reload the contracts on the broker page.'),
            }
          : {
              title: t('Find any instrument'),
              hint: t('Type at least two letters, or name an underlying. Words combine: NIFTY 25000 CE.'),
            }
      }
      toolbar={<SearchToolbar terms={terms} />}
    />
  );
}
