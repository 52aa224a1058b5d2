import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { ChartBooks } from '@/features/chart/components/chart-panel';
import { gttsQuery } from '@/features/gtts/api/get-gtts';
import { GttDialog } from '@/features/gtts/components/gtt-dialog';
import { gttLines, gttOfLine } from '@/features/gtts/hooks/gtt-lines';
import { ordersQuery } from '@/features/orders/api/get-orders';
import { ModifyDialog } from '@/features/orders/components/modify-dialog';
import { exitsQuery } from '@/features/positions/api/exits';
import { positionsQuery } from '@/features/positions/api/get-positions';
import { ProtectDialog } from '@/features/positions/components/protect-dialog';
import { exitLines, exitOfLine } from '@/features/positions/hooks/exit-lines';

const NONE: never[] = [];

/**
 * What the books have to draw on a chart, and the books' own dialogs for what is dragged there: orders, positions, the
 * exits that protect them, and GTTs.
 */
export function useBooksOnChart(): ChartBooks {
  const orders = useQuery(ordersQuery).data?.orders ?? NONE;
  const positions = useQuery(positionsQuery).data ?? NONE;
  const exits = useQuery(exitsQuery).data ?? NONE;
  const gtts = useQuery(gttsQuery('active')).data ?? NONE;
  const lines = useMemo(() => [...exitLines(exits), ...gttLines(gtts)], [exits, gtts]);
  return {
    orders,
    positions,
    lines,
    askModify: (order, proposal, onClose) => (
      <ModifyDialog
        order={order}
        proposed={proposal ? { [proposal.field]: proposal.price } : undefined}
        onClose={onClose}
      />
    ),
    askMove: (line, price, onClose) => {
      const gtt = gttOfLine(gtts, line, price);
      if (gtt) return <GttDialog gtt={gtt} onClose={onClose} />;
      const moved = exitOfLine(exits, line, price);
      const position = positions.find(
        (one) =>
          one.symbol === moved?.exit.symbol &&
          one.exchange === moved.exit.exchange &&
          one.product === moved.exit.product,
      );
      return moved && position ? (
        <ProtectDialog position={position} running={moved.exit} proposed={moved.asked} onClose={onClose} />
      ) : null;
    },
  };
}
