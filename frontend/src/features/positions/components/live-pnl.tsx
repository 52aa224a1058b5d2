import { Flash } from '@/components/market/flash';
import { Signed, toneClass } from '@/components/market/live';
import type { Position } from '@/features/positions/api/get-positions';
import { useLivePnl, useTotalPnl } from '@/features/positions/hooks/live-pnl';
import { formatPercent, toneOf } from '@/lib/format';

export function LivePnl({ position }: { position: Position }) {
  const { pnl } = useLivePnl(position);
  return (
    <Flash value={pnl} className="font-medium">
      <Signed value={pnl} />
    </Flash>
  );
}

export function LivePnlPercent({ position }: { position: Position }) {
  const { percent } = useLivePnl(position);
  return <span className={`tick ${toneClass[toneOf(percent)]}`}>{formatPercent(percent)}</span>;
}

export function LiveTotalPnl({ positions }: { positions: readonly Position[] }) {
  const total = useTotalPnl(positions);
  return <Signed value={total} className="tick" />;
}
