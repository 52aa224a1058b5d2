import { useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { useMemo } from 'react';
import { ChartLink } from '@/components/market/chart-link';
import { DayChange, Ltp } from '@/components/market/live';
import { SymbolPicker } from '@/components/market/symbol-picker';
import { TradeButtons } from '@/components/market/trade-buttons';
import { Button } from '@/components/ui/button';
import { EmptyState, ErrorState, Skeleton } from '@/components/ui/states';
import { useQuoteSnapshot } from '@/lib/instruments/queries';
import { type InstrumentRef, instrumentKey } from '@/lib/market-data/protocol';
import { addRow, removeRow } from '@/lib/watchlists/edits';
import { rowsOf } from '@/lib/watchlists/model';
import { useEditWatchlists, watchlistsQuery } from '@/lib/watchlists/queries';

const NONE: InstrumentRef[] = [];
const LIMIT = 250;

/** The live list of instruments a trader keeps in sight. */
export function Watchlist() {
  const { data, error, refetch, isPending } = useQuery(watchlistsQuery);
  const edit = useEditWatchlists();
  const first = data?.lists[0];
  const list = useMemo(() => (first ? rowsOf(first) : NONE), [first]);
  useQuoteSnapshot(list);

  const add = ({ symbol, exchange }: InstrumentRef) => {
    if (first && list.length < LIMIT) edit(addRow(first.id, { symbol, exchange }));
  };
  const remove = (ref: InstrumentRef) => first && edit(removeRow(first.id, ref));

  return (
    <section aria-label="Watchlist" className="flex min-h-0 flex-1 flex-col">
      <div className="border-line border-b px-2 py-1.5">
        <SymbolPicker
          label="Add to watchlist"
          placeholder={`Add instrument (${list.length}/${LIMIT})`}
          onPick={add}
        />
      </div>
      {isPending ? (
        <div role="status" aria-label="Loading watchlist" className="grid gap-2 p-2">
          {[1, 2, 3, 4, 5].map((row) => (
            <Skeleton key={row} className="h-6" />
          ))}
        </div>
      ) : !data && error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : list.length === 0 ? (
        <EmptyState title="Nothing watched yet" hint="Type a symbol above to stream its price here." />
      ) : (
        <ul className="min-h-0 flex-1 overflow-auto">
          {list.map((ref) => (
            <WatchRow key={instrumentKey(ref.exchange, ref.symbol)} of={ref} onRemove={() => remove(ref)} />
          ))}
        </ul>
      )}
    </section>
  );
}

function WatchRow({ of, onRemove }: { of: InstrumentRef; onRemove: () => void }) {
  return (
    <li
      // biome-ignore lint/a11y/noNoninteractiveTabindex: B and S act on the focused instrument.
      tabIndex={0}
      data-symbol={of.symbol}
      data-exchange={of.exchange}
      className="group/row relative flex h-8 items-center gap-2 border-line border-b px-2 outline-offset-[-2px] hover:bg-hover focus-visible:bg-hover max-md:h-12 max-md:px-3"
    >
      <span className="min-w-0 flex-1 truncate" title={`${of.symbol} on ${of.exchange}`}>
        <span className="font-medium">{of.symbol}</span>{' '}
        <span className="text-2xs text-muted">{of.exchange}</span>
      </span>
      <Ltp of={of} className="text-right font-medium" />
      <span className="w-[3.25rem] text-right text-xs">
        <DayChange of={of} />
      </span>
      <span className="absolute right-1 hidden items-center gap-1 bg-hover pl-2 group-focus-within/row:inline-flex group-hover/row:inline-flex group-focus/row:inline-flex max-md:static max-md:inline-flex max-md:bg-transparent max-md:pl-0 max-md:[&_a]:size-8 max-md:[&_button]:size-8">
        <TradeButtons of={of} />
        <ChartLink of={of} />
        <Button
          size="iconXs"
          variant="ghost"
          aria-label={`Remove ${of.symbol} from watchlist`}
          onClick={onRemove}
        >
          <X />
        </Button>
      </span>
    </li>
  );
}
