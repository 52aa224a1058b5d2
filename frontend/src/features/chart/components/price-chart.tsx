import { type KeyboardEvent, useEffect, useLayoutEffect, useRef } from 'react';
import type { Chosen } from '@/features/chart/api/preferences';
import type { Bar } from '@/features/chart/bars/bars';
import { intervalName } from '@/features/chart/bars/intervals';
import type { PriceMark } from '@/features/chart/hooks/price-marks';
import { ChartView } from '@/features/chart/view/chart-view';
import type { ChartLook } from '@/features/chart/view/look';
import { hasModifier } from '@/lib/keyboard';
import { useMarketData } from '@/lib/market-data/context';
import { type InstrumentRef, instrumentKey, Mode } from '@/lib/market-data/protocol';
import { t } from '@/messages/words';

interface PriceChartProps {
  of: InstrumentRef;
  interval: string;
  tickSize: number | null;
  bars: readonly Bar[];
  chosen: readonly Chosen[];
  isVolumeShown: boolean;
  look: ChartLook;
  marks: readonly PriceMark[];
  onNeedOlder: () => void;
  onDrop: (mark: PriceMark, price: number) => void;
}

const KEYS = t(
  'Left and right arrows move bar by bar, plus and minus zoom, Page Up and Page Down scroll, End shows the newest.',
);

/** The canvas and what stands for it in words. Ticks go past React, straight to the canvas. */
export function PriceChart(props: PriceChartProps) {
  const { of, interval, tickSize, bars, chosen, isVolumeShown, look, marks } = props;
  const { symbol, exchange } = of;
  const element = useRef<HTMLDivElement>(null);
  const legend = useRef<HTMLParagraphElement>(null);
  const spoken = useRef<HTMLParagraphElement>(null);
  const view = useRef<ChartView | null>(null);
  const listeners = useRef(props);
  useLayoutEffect(() => {
    listeners.current = props;
  });
  const client = useMarketData();

  useEffect(() => {
    if (!element.current || !legend.current) return;
    const made = new ChartView(element.current, legend.current, {
      onNeedOlder: () => listeners.current.onNeedOlder(),
      onDrop: (mark, price) => listeners.current.onDrop(mark, price),
    });
    view.current = made;
    return () => {
      view.current = null;
      made.destroy();
    };
  }, []);

  const name = `${instrumentKey(exchange, symbol)} ${interval}`;
  useEffect(() => view.current?.wear(look), [look]);
  useEffect(() => view.current?.choose(chosen, isVolumeShown), [chosen, isVolumeShown]);
  useEffect(
    () => view.current?.show(bars, { name, interval, exchange, tickSize }),
    [bars, name, interval, exchange, tickSize],
  );
  useEffect(() => view.current?.mark(marks), [marks]);
  useEffect(() => {
    const key = instrumentKey(exchange, symbol);
    const release = client.acquire({ exchange, symbol }, Mode.quote);
    const stop = client.quotes.subscribe(key, () => view.current?.tick(client.quotes.read(key)));
    return () => {
      stop();
      release();
    };
  }, [client, exchange, symbol]);

  const onKeyDown = (event: KeyboardEvent) => {
    const chart = view.current;
    if (!chart || hasModifier(event.nativeEvent)) return;
    const run = CHART_KEYS[event.key];
    if (!run) return;
    event.preventDefault();
    const words = run(chart);
    if (spoken.current) spoken.current.textContent = words ?? '';
  };

  return (
    <div className="relative min-h-0 flex-1">
      <p
        ref={legend}
        data-testid="legend"
        className="tick pointer-events-none absolute top-1 right-20 left-2 z-10 text-2xs tabular-nums data-[tone=down]:text-down data-[tone=up]:text-up"
      />
      <p ref={spoken} role="status" className="sr-only" />
      <div
        ref={element}
        role="application"
        aria-roledescription={t('price chart')}
        aria-label={t('Chart of {{symbol}} on {{exchange}}, {{interval}}. {{keys}}', {
          symbol,
          exchange,
          interval: intervalName(interval),
          keys: KEYS,
        })}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the chart is moved by key, and B and S act on it.
        tabIndex={0}
        data-symbol={symbol}
        data-exchange={exchange}
        onKeyDown={onKeyDown}
        className="absolute inset-0 touch-none outline-none after:pointer-events-none after:absolute after:inset-0 after:z-20 focus-visible:after:outline-2 focus-visible:after:outline-accent focus-visible:after:-outline-offset-2"
      />
    </div>
  );
}

const CHART_KEYS: Record<string, (chart: ChartView) => string | undefined> = {
  ArrowLeft: (chart) => chart.moveCursor(-1),
  ArrowRight: (chart) => chart.moveCursor(1),
  Home: (chart) => chart.moveCursor(Number.NEGATIVE_INFINITY),
  End: (chart) => void chart.toNewest(),
  PageUp: (chart) => void chart.pan(-0.8),
  PageDown: (chart) => void chart.pan(0.8),
  '+': (chart) => void chart.zoom(0.8),
  '=': (chart) => void chart.zoom(0.8),
  '-': (chart) => void chart.zoom(1.25),
  Escape: (chart) => void chart.clearCursor(),
};
