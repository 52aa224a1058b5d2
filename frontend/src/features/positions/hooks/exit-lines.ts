import { isChangeable, type PositionExit } from '@/features/positions/api/exits';
import { formatQuantity } from '@/lib/format';
import { type AskedExits, LEGS, type Leg } from '@/lib/orders/exit-terms';
import type { PriceLine } from '@/lib/orders/price-lines';

const WORDS: Record<Leg, string> = { stoploss: 'SL', target: 'TGT', trailing_stop: 'TRAIL' };

/** Where the running exits lie, as a chart draws them. A trailing stop follows the price and is not dragged. */
export function exitLines(exits: readonly PositionExit[]): PriceLine[] {
  return exits.flatMap((exit) =>
    LEGS.flatMap((leg) => {
      const price = exit[leg];
      if (price === null) return [];
      return [
        {
          id: `exit:${exit.exit_id}:${leg}`,
          symbol: exit.symbol,
          exchange: exit.exchange,
          price,
          title: `${WORDS[leg]} ${formatQuantity(exit.quantity)} ${exit.product}`,
          tone: exit.position === 'long' ? ('sell' as const) : ('buy' as const),
          canMove: leg !== 'trailing_stop' && isChangeable(exit),
        },
      ];
    }),
  );
}

/** The exit of a line, with its terms as the drag would have them; `null` for a line of something else. */
export function exitOfLine(
  exits: readonly PositionExit[],
  line: PriceLine,
  price: number,
): { exit: PositionExit; asked: AskedExits } | null {
  const named = /^exit:(.*):(stoploss|target)$/.exec(line.id);
  const exit = named && exits.find(({ exit_id }) => exit_id === named[1]);
  return exit ? { exit, asked: { ...exit.exits, [named[2] as Leg]: { price } } } : null;
}
