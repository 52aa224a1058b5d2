import {
  AreaSeries,
  BarSeries,
  CandlestickSeries,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  LineSeries,
  type SeriesType,
  type Time,
  type UTCTimestamp,
} from 'lightweight-charts';
import type { Bar } from '@/features/chart/bars/bars';
import { averaged, fillAverages, noAverages } from '@/features/chart/bars/heikin-ashi';
import { type Colours, faint } from '@/features/chart/view/colours';
import type { Style } from '@/features/chart/view/look';

export type PriceApi = ISeriesApi<SeriesType, Time>;

const KINDS = {
  candles: CandlestickSeries,
  bars: BarSeries,
  line: LineSeries,
  area: AreaSeries,
  'heikin-ashi': CandlestickSeries,
} as const;

/** The series of the prices in the style that was chosen. Another style is another series in the same place. */
export class PriceSeries {
  series: PriceApi;
  private style: Style;
  private averages = noAverages();
  /** Averages do not end at the last price: a line of its own shows it. */
  private last: IPriceLine | null = null;
  private readonly chart: IChartApi;

  constructor(chart: IChartApi, style: Style) {
    this.chart = chart;
    this.style = style;
    this.series = this.made();
  }

  /** Whether the style is another one: then the series is, too, and holds nothing yet. */
  wear(style: Style): boolean {
    if (style === this.style) return false;
    this.style = style;
    this.last = null;
    this.chart.removeSeries(this.series);
    this.series = this.made();
    this.series.setSeriesOrder(0);
    return true;
  }

  configure(tickSize: number | null): void {
    this.series.applyOptions({ priceFormat: { type: 'price', minMove: tickSize || 0.05, precision: 4 } });
  }

  paint({ up, down, accent }: Colours): void {
    const candle = {
      upColor: up,
      downColor: down,
      wickUpColor: up,
      wickDownColor: down,
      borderVisible: false,
    };
    const area = {
      lineColor: accent,
      topColor: faint(accent),
      bottomColor: 'transparent',
      lineWidth: 2,
    } as const;
    const options = {
      candles: candle,
      'heikin-ashi': candle,
      bars: { upColor: up, downColor: down, thinBars: false },
      line: { color: accent, lineWidth: 2 },
      area,
    } as const;
    this.series.applyOptions(options[this.style]);
    this.last?.applyOptions({ color: accent, axisLabelColor: accent });
  }

  fill(bars: readonly Bar[], times: readonly UTCTimestamp[], colours: Colours): void {
    this.averages = noAverages();
    if (this.style === 'heikin-ashi') fillAverages(bars, this.averages);
    const points = bars.flatMap((bar, index) => {
      const time = times[index];
      return time === undefined ? [] : [this.point(bar, index, time)];
    });
    this.series.setData(points);
    this.markLast(bars.at(-1), colours);
  }

  /** One bar more, or the last one anew. */
  fillAt(bars: readonly Bar[], index: number, time: UTCTimestamp, colours: Colours): void {
    const bar = bars[index];
    if (!bar) return;
    if (this.style === 'heikin-ashi') fillAverages(bars, this.averages, index);
    this.series.update(this.point(bar, index, time));
    this.markLast(bar, colours);
  }

  private made(): PriceApi {
    const isLastTrue = this.style !== 'heikin-ashi';
    const options = { lastValueVisible: isLastTrue, priceLineVisible: isLastTrue };
    return this.chart.addSeries(KINDS[this.style], options) as PriceApi;
  }

  private point(bar: Bar, index: number, time: UTCTimestamp) {
    if (this.style === 'line' || this.style === 'area') return { time, value: bar.close };
    const { open, high, low, close } =
      this.style === 'heikin-ashi' ? averaged(bar, index, this.averages) : bar;
    return { time, open, high, low, close };
  }

  private markLast(bar: Bar | undefined, { accent }: Colours): void {
    if (this.style !== 'heikin-ashi' || !bar) return;
    if (this.last) this.last.applyOptions({ price: bar.close });
    else this.last = this.series.createPriceLine(lastLine(bar.close, accent));
  }
}

function lastLine(price: number, colour: string) {
  const line = { lineWidth: 1, lineStyle: 1, axisLabelVisible: true, title: '' } as const;
  return { ...line, id: 'last', price, color: colour, axisLabelColor: colour };
}
