import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { endSession } from '@/app/providers/query-client';
import { callForAttention } from '@/hooks/attention';
import { announceOnce } from '@/lib/announce';
import { isFeedFresh } from '@/lib/market-data/client';
import { useMarketData } from '@/lib/market-data/context';
import { applyOrderUpdate } from '@/lib/orders/deltas';
import { wireRealtime } from '@/lib/realtime/wire';
import { useSession } from '@/lib/session/bootstrap';
import { useConnection } from '@/stores/connection';

/** Order and account events while the desk is open. */
export function useOrderEvents(): void {
  const client = useQueryClient();
  const feed = useMarketData();
  useEffect(() => {
    let isOver = false;
    let stop = () => {};
    void import('@/lib/realtime/connect').then(({ askOrders, connectEvents }) => {
      if (isOver) return;
      const socket = connectEvents();
      const unwire = wireRealtime({
        socket,
        askOrders: (request, answer) => askOrders(socket, request, answer),
        invalidate: (queryKey) => void client.invalidateQueries({ queryKey }),
        applyOrder: (payload) => applyOrderUpdate(client, payload),
        announce: (news) => {
          if (announceOnce(news.key, news.tone, news.title, news.description)) callForAttention(news);
        },
        onConnectedChange: (isOrderStreamUp) => useConnection.setState({ isOrderStreamUp }),
        onFeedState: (state, reason, since) => feed.reportUpstream(state, reason, since),
        onContractsChanged: () => feed.replay(),
        onForcedLogout: (message) => {
          announceOnce(`logout:${message}`, 'warning', message);
          endSession(client);
        },
      });
      stop = () => {
        unwire();
        socket.disconnect();
        useConnection.setState({ isOrderStreamUp: false });
      };
    });
    return () => {
      isOver = true;
      stop();
    };
  }, [client, feed]);
}

/** The market-data line lives as long as an account is connected, and is dialled anew for another account. */
export function useFeedLife(): void {
  const feed = useMarketData();
  const { account } = useSession();
  const connected = account?.session.state === 'valid' ? account.id : null;
  useEffect(() => {
    if (connected === null) return;
    feed.start();
    const hurry = () => feed.hurry();
    addEventListener('online', hurry);
    return () => {
      removeEventListener('online', hurry);
      feed.stop();
    };
  }, [feed, connected]);
  useEffect(() => {
    const mark = () => {
      document.documentElement.dataset.feed = isFeedFresh(feed.readStatus()) ? 'live' : 'stale';
    };
    mark();
    return feed.watchStatus(mark);
  }, [feed]);
}
