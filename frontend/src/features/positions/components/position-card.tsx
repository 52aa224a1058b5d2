import { ChartLink } from '@/components/market/chart-link';
import { InstrumentLabel } from '@/components/market/instrument-label';
import { Ltp } from '@/components/market/live';
import { TradeButtons } from '@/components/market/trade-buttons';
import { Button } from '@/components/ui/button';
import type { PositionExit } from '@/features/positions/api/exits';
import type { Position } from '@/features/positions/api/get-positions';
import { LivePnl, LivePnlPercent } from '@/features/positions/components/live-pnl';
import { QuantityText } from '@/features/positions/components/position-columns';
import { ProtectButton } from '@/features/positions/components/protect-button';
import { formatPrice } from '@/lib/format';
import { t } from '@/messages/words';

interface PositionCardProps {
  position: Position;
  exit: PositionExit | undefined;
  onClose: (position: Position) => void;
  onProtect: (position: Position) => void;
}

export function PositionCard({ position, exit, onClose, onProtect }: PositionCardProps) {
  return (
    <div className="grid gap-1.5">
      <div className="flex items-baseline gap-2">
        <InstrumentLabel {...position} />
        <span className="text-2xs text-muted">{position.product}</span>
        <span className="ml-auto">
          <LivePnl position={position} />
        </span>
      </div>
      <div className="flex items-center gap-2 text-muted text-xs tabular-nums">
        <QuantityText {...position} />
        {position.quantity !== 0 && <span>@ {formatPrice(position.average_price, position.tick_size)}</span>}
        <span className="ml-auto">
          LTP{' '}
          <Ltp of={position} fallback={position.ltp} tickSize={position.tick_size} className="text-text" />
        </span>
        <LivePnlPercent position={position} />
      </div>
      {position.quantity !== 0 && (
        <div className="flex items-center justify-end gap-2 [&_a]:size-8 [&_button]:h-8 [&_button]:min-w-9">
          <ChartLink of={position} />
          <TradeButtons of={position} quantity={Math.abs(position.quantity)} product={position.product} />
          <ProtectButton position={position} exit={exit} onProtect={onProtect} />
          <Button
            size="sm"
            aria-label={t('Close {{symbol}} {{product}}', {
              symbol: position.symbol,
              product: position.product,
            })}
            onClick={() => onClose(position)}
          >
            {t('Close')}
          </Button>
        </div>
      )}
    </div>
  );
}
