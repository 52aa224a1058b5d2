import { LiveFigure, LiveTotal } from '@/components/market/live';
import type { Position } from '@/features/positions/api/get-positions';
import { pnlAt, pnlPercentAt, totalPnl } from '@/features/positions/hooks/live-pnl';
import { formatPercent, formatSigned } from '@/lib/format';

export function LivePnl({ position }: { position: Position }) {
  return (
    <LiveFigure
      of={position}
      figure={({ ltp }) => pnlAt(position, ltp ?? position.ltp)}
      format={formatSigned}
      isToned
      isFlashing
      className="font-medium"
    />
  );
}

export function LivePnlPercent({ position }: { position: Position }) {
  return (
    <LiveFigure
      of={position}
      figure={({ ltp }) => pnlPercentAt(position, ltp ?? position.ltp)}
      format={formatPercent}
      isToned
    />
  );
}

export function LiveTotalPnl({ positions }: { positions: readonly Position[] }) {
  return <LiveTotal of={positions} total={(ltpOf) => totalPnl(positions, ltpOf)} />;
}
