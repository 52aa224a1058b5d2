import { ChartCandlestick } from 'lucide-react';
import { Link } from 'react-router';
import { Button } from '@/components/ui/button';
import type { InstrumentRef } from '@/lib/market-data/protocol';

/** Where the chart of an instrument is. */
export function chartPath({ symbol, exchange }: InstrumentRef): string {
  return `/chart?${new URLSearchParams({ symbol, exchange })}`;
}

export function ChartLink({ of }: { of: InstrumentRef }) {
  return (
    <Button asChild size="iconXs" variant="ghost">
      <Link to={chartPath(of)} aria-label={`Chart of ${of.symbol}`}>
        <ChartCandlestick />
      </Link>
    </Button>
  );
}
