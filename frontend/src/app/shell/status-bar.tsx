import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api } from '@/lib/api/client';
import { cn } from '@/lib/cn';
import { formatClock, formatDuration, formatMoment } from '@/lib/format';
import { type FeedStatus, isFeedFresh } from '@/lib/market-data/client';
import { useFeedStatus, useMarketData } from '@/lib/market-data/context';
import { maybeText } from '@/lib/numbers';
import { queryKeys } from '@/lib/query-keys';
import { z } from '@/lib/schema';
import { useSession } from '@/lib/session/bootstrap';
import { t } from '@/messages/words';
import { useConnection } from '@/stores/connection';

const marketStatusSchema = z.object({
  practice: z.boolean().nullish().transform(Boolean),
  exchanges: z.array(
    z.object({ exchange: z.string(), open: z.boolean(), session: maybeText, next_change: maybeText }),
  ),
});

/** Phases of the exchange's day, as the server names them. */
const PHASES: Record<string, string> = {
  preopen: t('pre-open'),
  continuous: t('continuous'),
  auction: t('auction'),
  postclose: t('post-close'),
  special: t('special session'),
  open: t('open'),
  closed: t('closed'),
};

function phaseOf({ session, open }: { session: string | null; open: boolean }): string {
  const phase = session ?? (open ? 'open' : 'closed');
  return PHASES[phase] ?? phase.replaceAll('_', ' ');
}

function useNow(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

const CONNECTION_WORDS: Record<FeedStatus['connection'], string> = {
  off: t('Feed off'),
  connecting: t('Feed connecting'),
  authenticating: t('Feed signing in'),
  live: t('Feed live'),
  waiting: t('Feed lost, reconnecting'),
};

/** States of the feed behind ours, as the server names them. */
const UPSTREAM_WORDS: Record<string, string> = {
  unreachable: t('Feed unreachable'),
  no_session: t('Feed waits for the broker sign-in'),
  dialing: t('Feed connecting to the broker'),
  authenticating: t('Feed signing in at the broker'),
  stale: t('Feed stale, prices do not come as usual'),
  rollover: t('Feed waits for the sign-in of the new day'),
  stopped: t('Feed stopped'),
};

function feedText(status: FeedStatus): string {
  const { connection, upstream } = status;
  if (connection !== 'live' || isFeedFresh(status) || upstream === null) return CONNECTION_WORDS[connection];
  return UPSTREAM_WORDS[upstream] ?? t('Feed {{state}}', { state: upstream.replaceAll('_', ' ') });
}

/** Why the feed is as it is: of our own line while it is down, else of the broker's feed behind it. */
function feedReason(status: FeedStatus): string | null {
  return (status.connection === 'live' ? status.upstreamReason : status.reason) || null;
}

function feedDetail(status: FeedStatus): string | undefined {
  const since = status.connection === 'live' ? status.upstreamSince : null;
  const parts = [
    feedReason(status),
    since === null ? null : t('since {{time}}', { time: formatMoment(new Date(since).toISOString()) }),
  ];
  return parts.filter((part) => part !== null).join(', ') || undefined;
}

function Dot({ isGood }: { isGood: boolean }) {
  return <span aria-hidden className={cn('size-2 rounded-full', isGood ? 'bg-up' : 'bg-warn')} />;
}

/** How far the desk can be trusted right now: feed, events, session, market, clock. */
export function StatusBar() {
  const status = useFeedStatus();
  const reason = feedReason(status);
  const isOrderStreamUp = useConnection((state) => state.isOrderStreamUp);
  return (
    <footer className="flex h-6 shrink-0 items-center gap-4 overflow-hidden whitespace-nowrap border-line border-t bg-panel px-3 text-2xs text-muted tabular-nums">
      <span role="status" className="flex min-w-0 items-center gap-1.5" title={feedDetail(status)}>
        <Dot isGood={isFeedFresh(status)} /> {feedText(status)}{' '}
        {reason !== null && <span className="truncate max-md:hidden">· {reason}</span>}
      </span>
      <FeedAge />
      {status.latencyMs !== null && <span className="max-md:hidden">{Math.round(status.latencyMs)} ms</span>}
      <span className="flex items-center gap-1.5 max-md:hidden">
        <Dot isGood={isOrderStreamUp} /> {isOrderStreamUp ? t('Order events') : t('Orders polled every 5 s')}
      </span>
      <span className="ml-auto flex items-center gap-4">
        <MarketPhase />
        <SessionEnd />
        <Clock />
      </span>
    </footer>
  );
}

function FeedAge() {
  const client = useMarketData();
  const now = useNow();
  const lastTickAt = client.readLastTickAt();
  if (lastTickAt === null) return null;
  const age = now.getTime() - lastTickAt;
  return (
    <span className={cn('max-md:hidden', age > 10_000 && 'text-warn')}>
      {age < 2000 ? t('last tick now') : t('last tick {{age}} ago', { age: formatDuration(age) })}
    </span>
  );
}

function MarketPhase() {
  const { account } = useSession();
  const { data } = useQuery({
    queryKey: [...queryKeys.marketStatus, account?.id],
    queryFn: () => api.get('/market-status', marketStatusSchema),
    refetchInterval: 60_000,
    retry: false,
  });
  if (data?.practice) return <span>{t('Practice exchange open 24×7')}</span>;
  const nse = data?.exchanges.find(({ exchange }) => exchange === 'NSE');
  if (!nse) return null;
  return (
    <span
      title={nse.next_change ? t('changes {{time}}', { time: formatMoment(nse.next_change) }) : undefined}
    >
      NSE {phaseOf(nse)}
    </span>
  );
}

function SessionEnd() {
  const { account } = useSession();
  const now = useNow();
  const end = account?.session.state === 'valid' ? account.session.expires_at : null;
  if (!end) return null;
  const left = new Date(end).getTime() - now.getTime();
  if (!Number.isFinite(left)) return null;
  return (
    <span className={cn('max-md:hidden', left < 15 * 60_000 && 'text-warn')}>
      {left > 0 ? t('broker session {{left}}', { left: formatDuration(left) }) : t('broker session over')}
    </span>
  );
}

function Clock() {
  return <span>{formatClock(useNow())} IST</span>;
}
