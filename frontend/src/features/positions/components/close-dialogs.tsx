import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { useCloseAllPositions, useClosePosition } from '@/features/positions/api/close-position';
import type { Position } from '@/features/positions/api/get-positions';
import { LivePnl } from '@/features/positions/components/live-pnl';
import { formatQuantity } from '@/lib/format';
import { useStakes } from '@/lib/session/stakes';

function exitText({ quantity, symbol }: Position): string {
  return `${quantity > 0 ? 'SELL' : 'BUY'} ${formatQuantity(Math.abs(quantity))} ${symbol}`;
}

export function ClosePositionDialog({ position, onClose }: { position: Position; onClose: () => void }) {
  const { mutate, isPending } = useClosePosition();
  const { word } = useStakes();
  return (
    <ConfirmDialog
      isOpen
      onClose={onClose}
      onConfirm={() => mutate(position, { onSettled: onClose })}
      isBusy={isPending}
      title={`Close ${position.symbol} ${position.product}?`}
      description={`Sends a ${word} market order: ${exitText(position)}.`}
      confirmLabel="Close position"
      cancelLabel="Keep position"
    />
  );
}

interface CloseAllDialogProps {
  positions: readonly Position[];
  isOpen: boolean;
  onClose: () => void;
}

export function CloseAllDialog({ positions, isOpen, onClose }: CloseAllDialogProps) {
  const { mutate, isPending } = useCloseAllPositions();
  const { word } = useStakes();
  return (
    <ConfirmDialog
      isOpen={isOpen}
      onClose={onClose}
      onConfirm={() => mutate(undefined, { onSettled: onClose })}
      isBusy={isPending}
      title={`Close ${positions.length} ${positions.length === 1 ? 'position' : 'positions'}?`}
      description={`Sends these ${word} market orders now.`}
      confirmLabel="Close all positions"
      cancelLabel="Keep positions"
    >
      <ul aria-label="Positions to close">
        {positions.map((position) => (
          <li
            key={`${position.exchange}:${position.symbol}:${position.product}`}
            className="flex gap-2 border-line border-b px-3 py-1.5 tabular-nums last:border-b-0"
          >
            <span className="font-medium">{exitText(position)}</span>
            <span className="text-2xs text-muted">
              {position.exchange} {position.product}
            </span>
            <span className="ml-auto">
              <LivePnl position={position} />
            </span>
          </li>
        ))}
      </ul>
    </ConfirmDialog>
  );
}
