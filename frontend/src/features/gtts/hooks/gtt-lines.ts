import { type Gtt, isActive } from '@/features/gtts/api/get-gtts';
import { formatQuantity } from '@/lib/format';
import type { PriceLine } from '@/lib/orders/price-lines';

const PREFIX = 'gtt:';

/** The triggers of what waits, as a chart draws them. */
export function gttLines(gtts: readonly Gtt[]): PriceLine[] {
  return gtts.filter(isActive).flatMap((gtt) =>
    gtt.trigger_prices.map((price, at) => {
      const leg = gtt.legs[at] ?? gtt.legs[0];
      const action = leg?.action ?? 'BUY';
      return {
        id: `${PREFIX}${gtt.trigger_id}:${at}`,
        symbol: gtt.symbol,
        exchange: gtt.exchange,
        price,
        title: `GTT ${action} ${formatQuantity(leg?.quantity)}`,
        tone: action === 'BUY' ? ('buy' as const) : ('sell' as const),
        canMove: true,
      };
    }),
  );
}

/** The GTT of a line, with the trigger where it was dragged to; `null` for a line of something else. */
export function gttOfLine(gtts: readonly Gtt[], line: PriceLine, price: number): Gtt | null {
  const named = /^gtt:(.*):(\d)$/.exec(line.id);
  const gtt = named && gtts.find(({ trigger_id }) => trigger_id === named[1]);
  if (!gtt) return null;
  const prices = gtt.trigger_prices.map((old, at) => (at === Number(named[2]) ? price : old));
  return { ...gtt, trigger_prices: prices };
}
