import { BulkDialog } from '@/components/bulk/bulk-dialog';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { placeOf, useClosePosition, useClosePositions } from '@/features/positions/api/close-position';
import type { Position } from '@/features/positions/api/get-positions';
import { LivePnl } from '@/features/positions/components/live-pnl';
import { formatQuantity } from '@/lib/format';
import { useStakes } from '@/lib/session/stakes';
import { t } from '@/messages/words';

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
      title={t('Close {{symbol}} {{product}}?', { symbol: position.symbol, product: position.product })}
      description={t('Sends a {{stakes}} market order: {{order}}.', {
        stakes: word,
        order: exitText(position),
      })}
      confirmLabel={t('Close position')}
      cancelLabel={t('Keep position')}
    />
  );
}

interface ClosePositionsDialogProps {
  positions: readonly Position[];
  /** Every open position of the account. */
  isAll: boolean;
  onClose: () => void;
}

export function ClosePositionsDialog({ positions, isAll, onClose }: ClosePositionsDialogProps) {
  const close = useClosePositions();
  const { word } = useStakes();
  const count = positions.length;
  return (
    <BulkDialog
      title={t('Close {{count}} positions?', { count, one: 'Close {{count}} position?' })}
      description={t('Sends these {{stakes}} market orders now.', { stakes: word })}
      confirmLabel={isAll ? t('Close all positions') : t('Close these positions')}
      cancelLabel={t('Keep positions')}
      listName={t('Positions to close')}
      rows={positions}
      rowKey={placeOf}
      line={(position) => (
        <>
          <span className="font-medium">{exitText(position)}</span>
          <span className="text-2xs text-muted">
            {position.exchange} {position.product}
          </span>
          <span className="ml-auto">
            <LivePnl position={position} />
          </span>
        </>
      )}
      run={(rows) => close(rows, isAll)}
      onClose={onClose}
    />
  );
}
