import {
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  LineSeries,
  type Time,
  type UTCTimestamp,
} from 'lightweight-charts';
import type { Chosen } from '@/features/chart/api/preferences';
import type { Bar } from '@/features/chart/bars/bars';
import { findIndicator, indicatorLabel } from '@/features/chart/indicators/catalogue';
import { at, type Column, emptyColumns, type Indicator, type Line } from '@/features/chart/indicators/types';
import type { Colours } from '@/features/chart/view/colours';
import type { LegendLine } from '@/features/chart/view/legend';

interface Drawn {
  line: Line;
  series: ISeriesApi<'Line', Time> | ISeriesApi<'Histogram', Time>;
  /** Its place in the palette. */
  tint: number;
}

interface Shown {
  chosen: Chosen;
  indicator: Indicator;
  columns: Column[];
  drawn: Drawn[];
}

/** The indicators of one chart: their figures, kept beside the bars, and the series that draw them. */
export class IndicatorLines {
  private shown: Shown[] = [];
  private readonly chart: IChartApi;

  constructor(chart: IChartApi) {
    this.chart = chart;
  }

  /** Replaces everything that is drawn. */
  choose(all: readonly Chosen[], colours: Colours): void {
    for (const { drawn } of this.shown) for (const { series } of drawn) this.chart.removeSeries(series);
    let tint = 0;
    let pane = 0;
    this.shown = all.flatMap((chosen) => {
      const indicator = findIndicator(chosen.name);
      if (!indicator) return [];
      if (indicator.place === 'pane') pane += 1;
      const paneIndex = indicator.place === 'pane' ? pane : 0;
      const drawn = indicator.lines.map((line) => {
        tint += 1;
        return { line, tint: tint - 1, series: this.add(line, paneIndex) };
      });
      return [{ chosen, indicator, columns: emptyColumns(indicator), drawn }];
    });
    for (const one of this.chart.panes().slice(1)) one.setStretchFactor(0.35);
    this.paint(colours);
  }

  /** All figures anew. */
  fill(bars: readonly Bar[], times: readonly UTCTimestamp[]): void {
    for (const one of this.shown) {
      one.columns = emptyColumns(one.indicator);
      one.indicator.fill(bars, one.chosen.parameters, one.columns, 0);
      for (const { line, series } of one.drawn) {
        const column = one.columns[line.column];
        series.setData(times.map((time, index) => point(time, at(column, index))));
      }
    }
  }

  /** Figures from the bar at `index` on; only that bar's are drawn. */
  fillAt(bars: readonly Bar[], index: number, time: UTCTimestamp): void {
    for (const { indicator, chosen, columns, drawn } of this.shown) {
      indicator.fill(bars, chosen.parameters, columns, index);
      for (const { line, series } of drawn) series.update(point(time, at(columns[line.column], index)));
    }
  }

  paint(colours: Colours): void {
    for (const { drawn } of this.shown) {
      for (const { series, tint } of drawn)
        series.applyOptions({ color: colours.lines[tint % colours.lines.length] });
    }
  }

  /** What a legend says of one bar. */
  read(index: number): LegendLine[] {
    return this.shown.flatMap(({ indicator, chosen, columns }) =>
      indicator.lines.map(({ label, column }, nth) => ({
        label:
          nth === 0 && indicator.lines.length === 1 ? indicatorLabel(indicator, chosen.parameters) : label,
        value: columns[column]?.[index],
      })),
    );
  }

  private add(line: Line, paneIndex: number): Drawn['series'] {
    const options = {
      priceLineVisible: false,
      lastValueVisible: false,
      crosshairMarkerVisible: false,
    } as const;
    if (line.kind === 'histogram') return this.chart.addSeries(HistogramSeries, options, paneIndex);
    const dots = { lineVisible: false, pointMarkersVisible: true, pointMarkersRadius: 1.5 } as const;
    const stroke = line.kind === 'dots' ? dots : ({ lineWidth: 1 } as const);
    return this.chart.addSeries(LineSeries, { ...options, ...stroke }, paneIndex);
  }
}

/** A point without a figure keeps its place on the axis and draws nothing. */
function point(time: UTCTimestamp, value: number) {
  return Number.isNaN(value) ? { time } : { time, value };
}
