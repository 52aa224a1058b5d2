import { type RefObject, useCallback, useState } from 'react';
import { useNavigate } from 'react-router';
import { chainPath } from '@/components/market/chain-link';
import { chartPath } from '@/components/market/chart-link';
import type { RowAct } from '@/features/watchlist/components/row-menu';
import type { ListEdits } from '@/features/watchlist/hooks/use-list-edits';
import type { RowLine } from '@/features/watchlist/model/lines';
import { hasPrice } from '@/features/watchlist/model/lines';
import { isTradable } from '@/lib/instruments/schema';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import type { List } from '@/lib/watchlists/model';
import { openTicket } from '@/stores/ticket';

interface Options {
  list: RefObject<List>;
  edits: ListEdits;
  step: (line: RowLine, by: -1 | 1) => void;
  onSelect?: (ref: InstrumentRef) => void;
}

const refOf = ({ row: { symbol, exchange } }: RowLine): InstrumentRef => ({ symbol, exchange });

/** Does what a row was asked for. `depthOf` is the instrument whose depth is open. */
export function useRowActs({ list, edits, step, onSelect }: Options) {
  const navigate = useNavigate();
  const [depthOf, setDepthOf] = useState<RowLine | null>(null);
  const act = useCallback(
    (what: RowAct, line: RowLine) => {
      const trade = (action: 'BUY' | 'SELL') =>
        hasPrice(line.row) && isTradable(line.row.exchange) && openTicket({ ...refOf(line), action });
      const acts: Record<RowAct, () => void> = {
        select: () => onSelect?.(refOf(line)),
        buy: () => trade('BUY'),
        sell: () => trade('SELL'),
        depth: () => hasPrice(line.row) && setDepthOf(line),
        chart: () => hasPrice(line.row) && void navigate(chartPath(line.row)),
        chain: () => hasPrice(line.row) && void navigate(chainPath(line.row)),
        up: () => step(line, -1),
        down: () => step(line, 1),
        remove: () => edits.remove(list.current, line),
      };
      acts[what]();
    },
    [edits, list, navigate, onSelect, step],
  );
  return { act, depthOf, closeDepth: () => setDepthOf(null) };
}
