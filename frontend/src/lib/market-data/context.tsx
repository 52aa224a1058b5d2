import { createContext, use, useCallback, useMemo, useSyncExternalStore } from 'react';
import type { FeedStatus, MarketDataClient } from '@/lib/market-data/client';
import {
  type FeedMode,
  type InstrumentRef,
  instrumentKey,
  Mode,
  type Quote,
} from '@/lib/market-data/protocol';

const MarketDataContext = createContext<MarketDataClient | null>(null);

export const MarketDataProvider = MarketDataContext.Provider;

export function useMarketData(): MarketDataClient {
  const client = use(MarketDataContext);
  if (!client) throw new Error('no MarketDataProvider above this component');
  return client;
}

/** Status changes are rare (state, latency every 10 s); ticks do not pass here. */
export function useFeedStatus(): FeedStatus {
  const client = useMarketData();
  return useSyncExternalStore(client.watchStatus, client.readStatus, client.readStatus);
}

/**
 * One value derived from one instrument's live quote. The component renders again only when the value changes,
 * so `select` must answer a primitive or a reference that is stable while nothing changed. `levels`: how much of the
 * book is wanted in depth mode.
 */
export function useQuoteValue<T>(
  ref: InstrumentRef,
  mode: FeedMode,
  select: (quote: Quote) => T,
  levels?: number,
): T {
  const client = useMarketData();
  const { exchange, symbol } = ref;
  const subscribe = useCallback(
    (listener: () => void) => {
      const release = client.acquire({ exchange, symbol }, mode, levels);
      const stop = client.quotes.subscribe(instrumentKey(exchange, symbol), listener);
      return () => {
        stop();
        release();
      };
    },
    [client, exchange, symbol, mode, levels],
  );
  const read = () => select(client.quotes.read(instrumentKey(exchange, symbol)));
  return useSyncExternalStore(subscribe, read, read);
}

export function useLtp(ref: InstrumentRef): number | null {
  return useQuoteValue(ref, Mode.quote, (quote) => quote.ltp);
}

/** One number over many instruments (a total P&L): one subscription each, one render per frame at most. */
export function useQuotesValue(
  refs: readonly InstrumentRef[],
  compute: (ltpOf: (ref: InstrumentRef) => number | null) => number | null,
) {
  const client = useMarketData();
  const names = refs.map((ref) => instrumentKey(ref.exchange, ref.symbol)).join(' ');
  // biome-ignore lint/correctness/useExhaustiveDependencies: `names` stands for the contents of `refs`, whose identity changes on every read.
  const watched = useMemo(() => refs.map(({ exchange, symbol }) => ({ exchange, symbol })), [names]);
  const subscribe = useCallback(
    (listener: () => void) => {
      const stops = watched.flatMap((ref) => [
        client.acquire(ref, Mode.quote),
        client.quotes.subscribe(instrumentKey(ref.exchange, ref.symbol), listener),
      ]);
      return () => {
        for (const stop of stops) stop();
      };
    },
    [client, watched],
  );
  const read = () => compute((ref) => client.quotes.read(instrumentKey(ref.exchange, ref.symbol)).ltp);
  return useSyncExternalStore(subscribe, read, read);
}
