import {
  createChart,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  type Time,
  type UTCTimestamp,
} from 'lightweight-charts';
import type { Chosen } from '@/features/chart/api/preferences';
import type { Bar } from '@/features/chart/bars/bars';
import { axisTime } from '@/features/chart/bars/calendar';
import { type LiveBar, liveFrom, rebased, type Tick, withTick } from '@/features/chart/bars/live-bar';
import type { PriceMark } from '@/features/chart/hooks/price-marks';
import { type Colours, faint, readColours, watchTheme } from '@/features/chart/view/colours';
import { IndicatorLines } from '@/features/chart/view/indicator-lines';
import { legendText } from '@/features/chart/view/legend';
import { type ChartLook, FIRST_LOOK } from '@/features/chart/view/look';
import { MarkLines } from '@/features/chart/view/mark-lines';
import { paintOptions, printOptions } from '@/features/chart/view/options';
import { holdWhileMoved, Pace } from '@/features/chart/view/pace';
import { PriceSeries } from '@/features/chart/view/price-series';

/** What the chart tells the page; none of it happens per tick. */
export interface ChartListeners {
  /** The left end of the bars came near. */
  onNeedOlder: () => void;
  onDrop: (mark: PriceMark, price: number) => void;
}

export interface ChartSource {
  /** Another name means other bars: the view starts at the newest again. */
  name: string;
  interval: string;
  exchange: string;
  tickSize: number | null;
}

const NEAR_LEFT_END = 60;

/** One chart on one element: bars, volume, indicators and lines, moved by ticks without React. */
export class ChartView {
  private readonly chart: IChartApi;
  private readonly prices: PriceSeries;
  private readonly volume: ISeriesApi<'Histogram', Time>;
  private readonly indicators: IndicatorLines;
  private readonly lines: MarkLines;
  private readonly legend: HTMLElement;
  private readonly stopTheme: () => void;
  private readonly stopHolding: () => void;
  private look: ChartLook = FIRST_LOOK;
  private colours: Colours;
  private source: ChartSource = { name: '', interval: '1m', exchange: '', tickSize: null };
  private bars: Bar[] = [];
  private live: LiveBar = liveFrom(null);
  private marks: readonly PriceMark[] = [];
  private cursor: number | null = null;
  /** How many bars the canvas holds. */
  private drawn = 0;
  private readonly pace = new Pace();

  constructor(element: HTMLElement, legend: HTMLElement, listeners: ChartListeners) {
    this.legend = legend;
    this.colours = readColours();
    // The library's own mark would need an inline style sheet, which the content policy forbids; the page shows a link.
    this.chart = createChart(element, { autoSize: true, layout: { attributionLogo: false } });
    this.prices = new PriceSeries(this.chart, this.look.style);
    this.volume = this.chart.addSeries(HistogramSeries, {
      priceScaleId: '',
      priceFormat: { type: 'volume' },
      priceLineVisible: false,
      lastValueVisible: false,
    });
    this.volume.priceScale().applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
    this.indicators = new IndicatorLines(this.chart);
    this.lines = new MarkLines(this.chart, this.prices.series, element, listeners.onDrop);
    this.chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      if (range && range.from < NEAR_LEFT_END) listeners.onNeedOlder();
    });
    this.chart.subscribeCrosshairMove(({ logical, point }) => {
      this.cursor = point && logical !== undefined ? logical : null;
      this.tell();
    });
    this.stopTheme = watchTheme(() => this.paint());
    this.stopHolding = holdWhileMoved(element, this.pace);
    this.paint();
  }

  /** Draws a history; what ticks already showed of its last bar is kept. */
  show(bars: readonly Bar[], source: ChartSource): void {
    const isOther = source.name !== this.source.name;
    this.source = source;
    const last = bars.at(-1) ?? null;
    this.live = isOther ? liveFrom(last) : rebased(this.live, last);
    this.bars = [...bars];
    if (this.live.bar && last) this.put(this.live.bar);
    this.lines.tickSize = source.tickSize;
    this.configure();
    this.draw();
    if (!isOther) return;
    this.clearCursor();
    this.chart.timeScale().resetTimeScale();
    this.prices.series.priceScale().applyOptions({ autoScale: true });
  }

  /** One more price: touches the last bar alone. */
  tick(tick: Tick): void {
    if (this.bars.length === 0) return;
    const next = withTick(this.live, tick, this.source);
    const isSame = next.bar === this.live.bar;
    this.live = next;
    if (isSame || !next.bar) return;
    this.put(next.bar);
    this.pace.soon(() => this.drawNewest(), this.bars.length);
    // The figure goes on where the drawing waits for the hand.
    if (this.pace.isHeld) this.tell();
  }

  /** How prices are drawn; the view stays where it is. */
  wear(look: ChartLook): void {
    this.look = look;
    if (this.prices.wear(look.style)) {
      this.prices.configure(this.source.tickSize);
      this.lines.moveTo(this.prices.series, this.colours);
    }
    this.paint();
  }

  choose(chosen: readonly Chosen[], isVolumeShown: boolean): void {
    this.volume.applyOptions({ visible: isVolumeShown });
    this.indicators.choose(chosen, this.colours);
    this.indicators.fill(this.bars, this.times());
    this.tell();
  }

  mark(marks: readonly PriceMark[]): void {
    this.marks = marks;
    this.lines.show(marks, this.colours);
  }

  /** Puts the cursor `step` bars on, and answers what it stands on in words. */
  moveCursor(step: number): string {
    const last = this.bars.length - 1;
    // The first press brings the cursor onto the newest bar.
    const wanted = this.cursor === null && Math.abs(step) === 1 ? last : (this.cursor ?? last) + step;
    const index = Math.max(0, Math.min(last, wanted));
    const bar = this.bars[index];
    if (!bar) return '';
    const range = this.chart.timeScale().getVisibleLogicalRange();
    if (range && (index < range.from || index > range.to)) {
      const half = (range.to - range.from) / 2;
      this.chart.timeScale().setVisibleLogicalRange({ from: index - half, to: index + half });
    }
    this.chart.setCrosshairPosition(bar.close, this.timeOf(bar), this.prices.series);
    this.cursor = index;
    this.tell();
    return this.legend.textContent ?? '';
  }

  /** Moves the view by a share of its width. */
  pan(share: number): void {
    this.spread((from, to) => [from + (to - from) * share, to + (to - from) * share]);
  }

  zoom(factor: number): void {
    this.spread((from, to) => [to - (to - from) * factor, to]);
  }

  toNewest(): void {
    this.clearCursor();
    this.chart.timeScale().scrollToRealTime();
  }

  clearCursor(): void {
    this.cursor = null;
    this.chart.clearCrosshairPosition();
    this.tell();
  }

  destroy(): void {
    this.stopTheme();
    this.stopHolding();
    this.pace.stop();
    this.lines.destroy();
    this.chart.remove();
  }

  private put(bar: Bar): void {
    const last = this.bars.at(-1);
    if (last && last.time === bar.time) this.bars[this.bars.length - 1] = bar;
    else if (!last || last.time < bar.time) this.bars.push(bar);
  }

  /** From the newest bar on the canvas to the last: several may have begun between two drawings. */
  private drawNewest(): void {
    for (let index = Math.max(0, this.drawn - 1); index < this.bars.length; index += 1) {
      const bar = this.bars[index];
      if (!bar) continue;
      const time = this.timeOf(bar);
      this.prices.fillAt(this.bars, index, time, this.colours);
      this.volume.update(volumeBar(bar, time, this.colours));
      this.indicators.fillAt(this.bars, index, time);
    }
    this.drawn = this.bars.length;
    this.tell();
  }

  private draw(): void {
    this.drawn = this.bars.length;
    const times = this.times();
    this.prices.fill(this.bars, times, this.colours);
    this.volume.setData(
      this.bars.map((bar, index) => volumeBar(bar, times[index] ?? this.timeOf(bar), this.colours)),
    );
    this.indicators.fill(this.bars, times);
    this.tell();
  }

  private tell(): void {
    const index = Math.max(0, Math.min(this.bars.length - 1, this.cursor ?? this.bars.length - 1));
    const { interval, tickSize } = this.source;
    const { text, tone } = legendText(this.bars, index, interval, tickSize, this.indicators.read(index));
    this.legend.textContent = text;
    this.legend.dataset.tone = tone;
  }

  private spread(change: (from: number, to: number) => [number, number]): void {
    const range = this.chart.timeScale().getVisibleLogicalRange();
    if (!range) return;
    const [from, to] = change(range.from, range.to);
    if (to - from >= 5) this.chart.timeScale().setVisibleLogicalRange({ from, to });
  }

  private timeOf(bar: Bar): UTCTimestamp {
    return axisTime(bar.time, this.source.interval) as UTCTimestamp;
  }

  private times(): UTCTimestamp[] {
    return this.bars.map((bar) => this.timeOf(bar));
  }

  private configure(): void {
    const { tickSize, interval } = this.source;
    this.chart.applyOptions(printOptions(interval, tickSize));
    this.prices.configure(tickSize);
  }

  private paint(): void {
    this.colours = readColours(this.look.pair);
    this.chart.applyOptions(paintOptions(this.colours));
    this.prices.paint(this.colours);
    // The words rise and fall in the colours of the bars.
    this.legend.style.setProperty('--up', this.colours.up);
    this.legend.style.setProperty('--down', this.colours.down);
    this.indicators.paint(this.colours);
    this.lines.show(this.marks, this.colours);
    if (this.bars.length > 0) this.draw();
  }
}

function volumeBar({ volume, close, open }: Bar, time: UTCTimestamp, { up, down }: Colours) {
  return { time, value: volume, color: faint(close >= open ? up : down) };
}
