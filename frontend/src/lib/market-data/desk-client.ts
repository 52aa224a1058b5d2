import { api } from '@/lib/api/client';
import { MarketDataClient } from '@/lib/market-data/client';
import { z } from '@/lib/schema';

const ticketSchema = z.object({ ticket: z.string(), ws_url: z.string() });

/** A server may answer a bare path; the browser's own host then carries the feed. */
function absolute(url: string): string {
  if (/^wss?:/.test(url)) return url;
  const base = new URL(url, location.href);
  base.protocol = base.protocol === 'https:' ? 'wss:' : 'ws:';
  return base.href;
}

/** A single-use ticket for the feed, and where the feed is. */
export const fetchTicket = () => api.post('/ws-ticket', ticketSchema);

export const openSocket = (url: string) => new WebSocket(absolute(url));

export function createDeskClient(): MarketDataClient {
  return new MarketDataClient({ fetchTicket, openSocket });
}
