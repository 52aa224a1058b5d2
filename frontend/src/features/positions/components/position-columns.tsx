import type { Column } from '@/components/data-table/types';
import { ChartLink } from '@/components/market/chart-link';
import { InstrumentLabel } from '@/components/market/instrument-label';
import { LiveFigure, Ltp, Signed } from '@/components/market/live';
import { TradeButtons } from '@/components/market/trade-buttons';
import { Button } from '@/components/ui/button';
import { exitsOf, type PositionExit } from '@/features/positions/api/exits';
import type { Position } from '@/features/positions/api/get-positions';
import { LivePnl, LivePnlPercent } from '@/features/positions/components/live-pnl';
import { ProtectButton } from '@/features/positions/components/protect-button';
import { exposureAt } from '@/features/positions/hooks/exposure';
import { cn } from '@/lib/cn';
import { formatPrice, formatQuantity } from '@/lib/format';
import { t } from '@/messages/words';

export function QuantityText({ quantity }: Pick<Position, 'quantity'>) {
  return (
    <span className={cn('tabular-nums', quantity > 0 && 'text-buy', quantity < 0 && 'text-sell')}>
      {quantity > 0 ? '+' : ''}
      {formatQuantity(quantity)}
    </span>
  );
}

/** An average means nothing once the position is flat. */
function averageOf(position: Position): number | null {
  return position.quantity === 0 ? null : position.average_price;
}

interface PositionActions {
  exits: readonly PositionExit[] | undefined;
  onClose: (position: Position) => void;
  onProtect: (position: Position) => void;
}

export function positionColumns({ exits, onClose, onProtect }: PositionActions): Column<Position>[] {
  return [
    {
      id: 'symbol',
      title: t('Symbol'),
      isStretched: true,
      value: (p) => p.symbol,
      cell: (p) => <InstrumentLabel {...p} />,
    },
    { id: 'product', title: t('Product'), width: 80, value: (p) => p.product, cell: (p) => p.product },
    {
      id: 'quantity',
      title: t('Qty'),
      width: 96,
      align: 'right',
      value: (p) => p.quantity,
      cell: (p) => <QuantityText {...p} />,
    },
    {
      id: 'average_price',
      title: t('Average'),
      width: 104,
      align: 'right',
      value: averageOf,
      cell: (p) => formatPrice(averageOf(p), p.tick_size),
    },
    {
      id: 'ltp',
      title: 'LTP',
      width: 104,
      align: 'right',
      value: (p) => p.ltp,
      cell: (p) => <Ltp of={p} fallback={p.ltp} tickSize={p.tick_size} />,
    },
    {
      id: 'pnl',
      title: 'P&L',
      width: 124,
      align: 'right',
      value: (p) => p.pnl,
      cell: (p) => <LivePnl position={p} />,
    },
    {
      id: 'percent',
      title: 'P&L %',
      isRoomy: true,
      width: 84,
      align: 'right',
      cell: (p) => <LivePnlPercent position={p} />,
    },
    {
      id: 'exposure',
      title: t('Exposure'),
      isRoomy: true,
      width: 124,
      align: 'right',
      value: (p) => exposureAt(p, p.ltp),
      cell: (p) => (
        <LiveFigure of={p} figure={({ ltp }) => exposureAt(p, ltp ?? p.ltp)} format={formatPrice} />
      ),
    },
    {
      id: 'realized_pnl',
      title: t('Realised'),
      isRoomy: true,
      width: 112,
      align: 'right',
      value: (p) => p.realized_pnl || null,
      cell: (p) => <Signed value={p.realized_pnl || null} />,
    },
    {
      id: 'actions',
      title: '',
      width: 184,
      align: 'right',
      cell: (p) => (
        <span className="inline-flex items-center gap-1">
          <ChartLink of={p} />
          <TradeButtons of={p} quantity={Math.abs(p.quantity) || undefined} product={p.product} />
          {p.quantity !== 0 && (
            <>
              <ProtectButton isCompact position={p} exit={exitsOf(exits, p)} onProtect={onProtect} />
              <Button
                size="xs"
                aria-label={t('Close {{symbol}} {{product}}', { symbol: p.symbol, product: p.product })}
                onClick={() => onClose(p)}
              >
                {t('Close')}
              </Button>
            </>
          )}
        </span>
      ),
    },
  ];
}
