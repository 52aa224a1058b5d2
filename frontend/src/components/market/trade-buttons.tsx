import { Button } from '@/components/ui/button';
import { isTradable } from '@/lib/instruments/schema';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import { t } from '@/messages/words';
import { openTicket } from '@/stores/ticket';

interface TradeButtonsProps {
  of: InstrumentRef;
  quantity?: number;
  product?: string;
}

/** B and S beside an instrument; nothing for an index, which cannot be traded. */
export function TradeButtons({ of, quantity, product }: TradeButtonsProps) {
  if (!isTradable(of.exchange)) return null;
  const open = (action: 'BUY' | 'SELL') =>
    openTicket({ symbol: of.symbol, exchange: of.exchange, action, quantity, product });
  return (
    <span className="inline-flex gap-1">
      <Button
        size="iconXs"
        variant="buyGhost"
        aria-label={t('Buy {{symbol}}', { symbol: of.symbol })}
        onClick={() => open('BUY')}
      >
        B
      </Button>
      <Button
        size="iconXs"
        variant="sellGhost"
        aria-label={t('Sell {{symbol}}', { symbol: of.symbol })}
        onClick={() => open('SELL')}
      >
        S
      </Button>
    </span>
  );
}
