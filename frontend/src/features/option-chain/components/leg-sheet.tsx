import type { ReactNode } from 'react';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import type { ChainLeg } from '@/features/option-chain/api/get-chain';
import { CELLS } from '@/features/option-chain/components/cells';
import type { OnTrade } from '@/features/option-chain/components/chain-row';
import { COLUMNS, type ColumnId } from '@/features/option-chain/model/columns';
import { t } from '@/messages/words';

interface LegSheetProps {
  leg: ChainLeg;
  exchange: string;
  onTrade: OnTrade;
  onClose: () => void;
}

const SHOWN: readonly ColumnId[] = [
  'ltp',
  'change',
  'bid',
  'ask',
  'iv',
  'delta',
  'theta',
  'vega',
  'gamma',
  'oi',
  'oi_change',
  'volume',
];

/** Everything about one contract on a phone, with its two buttons. */
export function LegSheet({ leg, exchange, onTrade, onClose }: LegSheetProps) {
  const trade = (action: 'BUY' | 'SELL') => {
    onClose();
    onTrade(leg, action);
  };
  const figures: [string, ReactNode][] = SHOWN.map((id) => [
    COLUMNS.find((column) => column.id === id)?.name ?? id,
    CELLS[id]({ of: { symbol: leg.symbol, exchange }, leg }),
  ]);
  return (
    <Dialog isOpen onClose={onClose} title={leg.symbol} description={`${exchange} · ${leg.label}`}>
      <dl className="grid grid-cols-2 gap-x-6 gap-y-1.5">
        {figures.map(([name, figure]) => (
          <div key={name} className="flex justify-between gap-2">
            <dt className="text-muted">{name}</dt>
            <dd className="tabular-nums">{figure}</dd>
          </div>
        ))}
      </dl>
      <div className="mt-4 grid grid-cols-2 gap-2">
        <Button size="lg" variant="buy" onClick={() => trade('BUY')}>
          {t('Buy')}
        </Button>
        <Button size="lg" variant="sell" onClick={() => trade('SELL')}>
          {t('Sell')}
        </Button>
      </div>
    </Dialog>
  );
}
