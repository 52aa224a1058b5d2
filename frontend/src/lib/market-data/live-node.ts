import { type RefObject, useLayoutEffect, useRef } from 'react';
import { useMarketData } from '@/lib/market-data/context';
import { watchAge } from '@/lib/market-data/freshness';
import { type FeedMode, type InstrumentRef, instrumentKey, type Quote } from '@/lib/market-data/protocol';

type QuoteOf = (ref: InstrumentRef) => Quote;

/**
 * A node that is painted outside React whenever the quote of its instrument changes: a tick costs a text write, and no
 * render and no commit of any component. `paint` also runs after each render, because what it shows may depend on it.
 */
export function useLiveNode<E extends HTMLElement>(
  ref: InstrumentRef,
  mode: FeedMode,
  paint: (node: E, quote: Quote) => void,
): RefObject<E | null> {
  const client = useMarketData();
  const node = useRef<E>(null);
  const latest = useRef(paint);
  const { exchange, symbol } = ref;
  const key = instrumentKey(exchange, symbol);
  useLayoutEffect(() => {
    latest.current = paint;
    if (node.current) paint(node.current, client.quotes.read(key));
  });
  useLayoutEffect(() => {
    const element = node.current;
    if (!element) return;
    const release = client.acquire({ exchange, symbol }, mode);
    const stop = client.quotes.subscribe(key, () => latest.current(element, client.quotes.read(key)));
    const stopAge = watchAge(element, client.quotes, key);
    return () => {
      stopAge();
      stop();
      release();
    };
  }, [client, exchange, symbol, key, mode]);
  return node;
}

/** The same for a figure over many instruments (a total P&L): painted once a frame however many of them moved. */
export function useLiveTotal<E extends HTMLElement>(
  refs: readonly InstrumentRef[],
  mode: FeedMode,
  paint: (node: E, quoteOf: QuoteOf) => void,
): RefObject<E | null> {
  const client = useMarketData();
  const node = useRef<E>(null);
  const latest = useRef(paint);
  const keys = [...new Set(refs.map((ref) => instrumentKey(ref.exchange, ref.symbol)))].join(' ');
  useLayoutEffect(() => {
    latest.current = paint;
    if (node.current) paint(node.current, readerOf(client.quotes));
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: `keys` stands for the contents of `refs`, whose identity changes on every read.
  useLayoutEffect(() => {
    const element = node.current;
    if (!element) return;
    const listener = () => latest.current(element, readerOf(client.quotes));
    const stops = refs.flatMap((ref) => [
      client.acquire(ref, mode),
      client.quotes.subscribe(instrumentKey(ref.exchange, ref.symbol), listener),
    ]);
    return () => {
      for (const stop of stops) stop();
    };
  }, [client, keys, mode]);
  return node;
}

function readerOf(quotes: { read: (key: string) => Quote }): QuoteOf {
  return (ref) => quotes.read(instrumentKey(ref.exchange, ref.symbol));
}

/** Writes text only where it differs, into the node that is there: the cheapest change the browser knows. */
export function writeText(node: HTMLElement, text: string): void {
  const { firstChild } = node;
  if (!firstChild) node.textContent = text;
  else if (firstChild.nodeValue !== text) firstChild.nodeValue = text;
}

/** Sets or takes away a data attribute, only where that changes something. */
export function mark(node: HTMLElement, name: string, value: string | null): void {
  if (value === null) {
    if (name in node.dataset) delete node.dataset[name];
  } else if (node.dataset[name] !== value) node.dataset[name] = value;
}
