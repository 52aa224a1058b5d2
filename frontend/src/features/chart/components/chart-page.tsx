import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import {
  type ChartSettings,
  FIRST_SETTINGS,
  settingsQuery,
  useSaveSettings,
} from '@/features/chart/api/preferences';
import { type ChartBooks, ChartPanel, ChartSkeleton } from '@/features/chart/components/chart-panel';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import { t } from '@/messages/words';

/** The address names instrument and interval; what it leaves out is what the user had last. */
export function ChartPage(props: ChartBooks) {
  const [address, setAddress] = useSearchParams();
  const settings = useQuery(settingsQuery);
  const save = useSaveSettings();
  if (settings.isPending) return <ChartSkeleton heading={<h1 className="sr-only">{t('Chart')}</h1>} />;
  const kept = settings.data ?? FIRST_SETTINGS;
  const of = instrumentOf(address, kept);
  const interval = address.get('interval') ?? kept.interval;
  const show = (change: Partial<Pick<ChartSettings, 'interval'>> & Partial<InstrumentRef>) => {
    const next = { ...of, ...(interval && { interval }), ...change } as Record<string, string>;
    setAddress(next, { replace: true });
    save({ ...kept, ...change });
  };
  return (
    <ChartPanel
      {...props}
      of={of}
      interval={interval}
      onPick={({ symbol, exchange }) => show({ symbol, exchange })}
      onInterval={(chosen) => show({ interval: chosen })}
    />
  );
}

/** Both halves of a name come from one place: half an address names nothing. */
function instrumentOf(address: URLSearchParams, { symbol, exchange }: ChartSettings): InstrumentRef | null {
  const [named, listed] = [address.get('symbol'), address.get('exchange')];
  if (named || listed) return named && listed ? { symbol: named, exchange: listed } : null;
  return symbol && exchange ? { symbol, exchange } : null;
}
