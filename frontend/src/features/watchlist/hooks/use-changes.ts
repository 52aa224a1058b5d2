import { useEffect, useRef, useState } from 'react';
import { hasPrice } from '@/features/watchlist/model/lines';
import { useMarketData } from '@/lib/market-data/context';
import { instrumentKey, Mode } from '@/lib/market-data/protocol';
import type { Row } from '@/lib/watchlists/model';

const LOOK_EVERY_MS = 1_000;

type Changes = ReadonlyMap<string, number>;
const NONE: Changes = new Map();

function orderOf(changes: Changes): string {
  return [...changes.entries()]
    .sort(([, one], [, other]) => one - other)
    .map(([key]) => key)
    .join(' ');
}

/**
 * Percent moved since the previous close, by instrument, for a list that is sorted by it. Looked at once a second and
 * told only when the order changes: rows that trade places ten times a second could not be read, let alone clicked.
 */
export function useChanges(rows: readonly Row[], isWanted: boolean): Changes {
  const client = useMarketData();
  const [changes, setChanges] = useState<Changes>(NONE);
  const known = useRef('');
  useEffect(() => {
    if (!isWanted) return;
    const priced = rows.filter(hasPrice);
    const releases = priced.map((row) => client.acquire(row, Mode.quote));
    const look = () => {
      const now = new Map<string, number>();
      for (const { exchange, symbol } of priced) {
        const key = instrumentKey(exchange, symbol);
        const { ltp, close } = client.quotes.read(key);
        if (ltp !== null && close) now.set(key, (ltp - close) / close);
      }
      const order = orderOf(now);
      if (order === known.current) return;
      known.current = order;
      setChanges(now);
    };
    look();
    const timer = setInterval(look, LOOK_EVERY_MS);
    return () => {
      clearInterval(timer);
      for (const release of releases) release();
    };
  }, [client, rows, isWanted]);
  return changes;
}
