import { ChartCandlestick } from 'lucide-react';
import { Link } from 'react-router';
import { Button } from '@/components/ui/button';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import { t } from '@/messages/words';

/** Where the chart of an instrument is. */
export function chartPath({ symbol, exchange }: InstrumentRef): string {
  return `/chart?${new URLSearchParams({ symbol, exchange })}`;
}

export function ChartLink({ of }: { of: InstrumentRef }) {
  return (
    <Button asChild size="iconXs" variant="ghost">
      <Link to={chartPath(of)} aria-label={t('Chart of {{symbol}}', { symbol: of.symbol })}>
        <ChartCandlestick />
      </Link>
    </Button>
  );
}
