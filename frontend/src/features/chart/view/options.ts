import { ColorType, CrosshairMode } from 'lightweight-charts';
import { secondsOf } from '@/features/chart/bars/intervals';
import type { Colours } from '@/features/chart/view/colours';
import { formatPrice } from '@/lib/format';

/** How the chart prints prices and times of one instrument and interval. */
export function printOptions(interval: string, tickSize: number | null) {
  const seconds = secondsOf(interval);
  return {
    localization: {
      priceFormatter: (value: number) => formatPrice(value, tickSize),
      locale: 'en-IN',
      dateFormat: 'dd MMM yyyy',
    },
    timeScale: {
      timeVisible: seconds !== null,
      secondsVisible: seconds !== null && seconds < 60,
      rightOffset: 6,
    },
  };
}

export function paintOptions({ text, background, grid, border, font }: Colours) {
  return {
    layout: {
      background: { type: ColorType.Solid, color: background } as const,
      textColor: text,
      fontFamily: font,
      fontSize: 11,
      panes: { separatorColor: border, separatorHoverColor: border },
    },
    grid: { vertLines: { color: grid }, horzLines: { color: grid } },
    crosshair: { mode: CrosshairMode.Normal },
    rightPriceScale: { borderColor: border },
    timeScale: { borderColor: border },
  };
}
