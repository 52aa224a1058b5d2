/** What the tests know of a drawn series. */
export interface FakeSeries {
  kind: string;
  pane: number;
  data: readonly { time: number; value?: number; open?: number; close?: number }[];
  updates: { time: number; value?: number; close?: number }[];
  lines: Map<string, { price: number; title: string }>;
  isRemoved: boolean;
  options: Record<string, unknown>;
}

type Range = { from: number; to: number };

/** Stands in for the chart library, which needs a canvas: one rupee is one pixel, and 2000 is the top. */
export class FakeChart {
  static newest: FakeChart | null = null;
  readonly series: FakeSeries[] = [];
  isDestroyed = false;
  private ranges: ((range: Range) => void)[] = [];

  constructor() {
    FakeChart.newest = this;
  }

  static get current(): FakeChart {
    if (!FakeChart.newest) throw new Error('no chart was made');
    return FakeChart.newest;
  }

  get candles(): FakeSeries {
    return this.drawn('Candlestick');
  }

  drawn(kind: string, pane = 0): FakeSeries {
    const found = this.series.find((one) => one.kind === kind && one.pane === pane && !one.isRemoved);
    if (!found) throw new Error(`no ${kind} in pane ${pane}`);
    return found;
  }

  pan(from: number): void {
    for (const listener of this.ranges) listener({ from, to: from + 100 });
  }

  api() {
    const scale = {
      subscribeVisibleLogicalRangeChange: (listener: (range: Range) => void) => this.ranges.push(listener),
      getVisibleLogicalRange: () => ({ from: 0, to: 100 }),
      setVisibleLogicalRange: () => {},
      resetTimeScale: () => {},
      scrollToRealTime: () => {},
    };
    const made = new Map<object, FakeSeries>();
    return {
      addSeries: (kind: string, options: object, pane = 0) => {
        const series: FakeSeries = {
          kind,
          pane,
          data: [],
          updates: [],
          lines: new Map(),
          isRemoved: false,
          options: { ...options },
        };
        this.series.push(series);
        const handle = seriesApi(series);
        made.set(handle, series);
        return handle;
      },
      removeSeries: (handle: object) => {
        const series = made.get(handle);
        if (series) series.isRemoved = true;
      },
      panes: () => [],
      timeScale: () => scale,
      applyOptions: () => {},
      subscribeCrosshairMove: () => {},
      setCrosshairPosition: () => {},
      clearCrosshairPosition: () => {},
      remove: () => {
        this.isDestroyed = true;
      },
    };
  }
}

function seriesApi(series: FakeSeries) {
  return {
    setData: (data: FakeSeries['data']) => {
      series.data = data;
      series.updates.length = 0;
    },
    update: (point: FakeSeries['updates'][number]) => series.updates.push(point),
    applyOptions: (change: object) => void Object.assign(series.options, change),
    setSeriesOrder: () => {},
    priceScale: () => ({ applyOptions: () => {} }),
    priceToCoordinate: (price: number) => 2000 - price,
    coordinateToPrice: (y: number) => 2000 - y,
    createPriceLine: ({ id, price, title }: { id: string; price: number; title: string }) => {
      const line = { price, title };
      series.lines.set(id, line);
      return { id, applyOptions: (change: { price: number }) => Object.assign(line, change) };
    },
    removePriceLine: ({ id }: { id: string }) => series.lines.delete(id),
  };
}

/** The module as the chart imports it. */
export const fakeLibrary = {
  createChart: () => new FakeChart().api(),
  AreaSeries: 'Area',
  BarSeries: 'Bar',
  CandlestickSeries: 'Candlestick',
  HistogramSeries: 'Histogram',
  LineSeries: 'Line',
  ColorType: { Solid: 'solid' },
  CrosshairMode: { Normal: 0 },
  LineStyle: { Solid: 0, Dotted: 1, Dashed: 2 },
};
