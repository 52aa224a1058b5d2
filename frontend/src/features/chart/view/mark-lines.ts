import { type IChartApi, type IPriceLine, LineStyle } from 'lightweight-charts';
import { droppedPrice, markAt, type PriceMark } from '@/features/chart/hooks/price-marks';
import type { Colours } from '@/features/chart/view/colours';
import type { PriceApi } from '@/features/chart/view/price-series';

interface Drag {
  mark: PriceMark;
  pointer: number;
  price: number | null;
}

const STYLES: Record<PriceMark['kind'], LineStyle> = {
  position: LineStyle.Solid,
  order: LineStyle.Dashed,
  other: LineStyle.Dotted,
};

/** Order and position lines of one chart, and dragging those that may move. */
export class MarkLines {
  tickSize: number | null = null;
  private marks: readonly PriceMark[] = [];
  private lines = new Map<string, IPriceLine>();
  private drag: Drag | null = null;
  private readonly stops: (() => void)[] = [];
  private readonly chart: IChartApi;
  private series: PriceApi;
  private readonly element: HTMLElement;
  private readonly onDrop: (mark: PriceMark, price: number) => void;

  constructor(
    chart: IChartApi,
    series: PriceApi,
    element: HTMLElement,
    onDrop: (mark: PriceMark, price: number) => void,
  ) {
    this.chart = chart;
    this.series = series;
    this.element = element;
    this.onDrop = onDrop;
    this.on('pointerdown', (event) => this.take(event));
    this.on('pointermove', (event) => this.move(event));
    this.on('pointerup', () => this.drop());
    this.on('pointercancel', () => this.putBack());
  }

  show(marks: readonly PriceMark[], colours: Colours): void {
    this.marks = marks;
    for (const line of this.lines.values()) this.series.removePriceLine(line);
    this.lines = new Map(
      marks.map((mark) => {
        const colour = mark.tone === 'buy' ? colours.buy : colours.sell;
        const line = this.series.createPriceLine({
          id: mark.id,
          price: mark.price,
          title: mark.title,
          color: colour,
          lineWidth: mark.kind === 'position' ? 2 : 1,
          lineStyle: STYLES[mark.kind],
          axisLabelVisible: true,
          axisLabelColor: colour,
          axisLabelTextColor: colours.background,
        });
        return [mark.id, line];
      }),
    );
  }

  /** Another series took the place of the one that held the lines, and none of them. */
  moveTo(series: PriceApi, colours: Colours): void {
    this.series = series;
    this.lines = new Map();
    this.show(this.marks, colours);
  }

  destroy(): void {
    for (const stop of this.stops) stop();
  }

  /** In the capture phase, before the chart takes the pointer for a pan. */
  private on(type: string, listener: (event: PointerEvent) => void): void {
    const handler = listener as EventListener;
    this.element.addEventListener(type, handler, { capture: true });
    this.stops.push(() => this.element.removeEventListener(type, handler, { capture: true }));
  }

  private under(event: PointerEvent): PriceMark | null {
    const reach = event.pointerType === 'touch' ? 14 : 6;
    return markAt(this.marks, this.yOf(event), (price) => this.series.priceToCoordinate(price), reach);
  }

  private yOf(event: PointerEvent): number {
    return event.clientY - this.element.getBoundingClientRect().top;
  }

  private take(event: PointerEvent): void {
    const mark = event.isPrimary && event.button === 0 ? this.under(event) : null;
    if (!mark) return;
    this.drag = { mark, pointer: event.pointerId, price: null };
    this.chart.applyOptions({ handleScroll: false, handleScale: false });
  }

  private move(event: PointerEvent): void {
    if (!this.drag) {
      this.element.classList.toggle('cursor-ns-resize', this.under(event) !== null);
      return;
    }
    if (event.pointerId !== this.drag.pointer) return;
    const price = droppedPrice(this.series.coordinateToPrice(this.yOf(event)), this.tickSize);
    if (price === null) return;
    this.drag.price = price;
    this.lines.get(this.drag.mark.id)?.applyOptions({ price });
  }

  private drop(): void {
    const { drag } = this;
    this.letGo();
    if (drag?.price != null && drag.price !== drag.mark.price) this.onDrop(drag.mark, drag.price);
  }

  private putBack(): void {
    const { drag } = this;
    this.letGo();
    if (drag) this.lines.get(drag.mark.id)?.applyOptions({ price: drag.mark.price });
  }

  private letGo(): void {
    if (!this.drag) return;
    this.drag = null;
    this.chart.applyOptions({ handleScroll: true, handleScale: true });
  }
}
