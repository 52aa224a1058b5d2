import { KEY_PLACEHOLDER } from '@/features/playground/model/request';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import { t } from '@/messages/words';

export interface Template {
  id: string;
  label: string;
  message: (of: InstrumentRef) => object;
}

const list = ({ symbol, exchange }: InstrumentRef) => [{ symbol, exchange }];

/** Messages of the streaming protocol, filled with the chosen instrument. */
export const TEMPLATES: readonly Template[] = [
  {
    id: 'authenticate',
    label: t('Authenticate'),
    message: () => ({ action: 'authenticate', api_key: KEY_PLACEHOLDER }),
  },
  {
    id: 'ltp',
    label: t('Subscribe LTP'),
    message: (of) => ({ action: 'subscribe', mode: 'LTP', symbols: list(of) }),
  },
  {
    id: 'quote',
    label: t('Subscribe quote'),
    message: (of) => ({ action: 'subscribe', mode: 'QUOTE', symbols: list(of) }),
  },
  {
    id: 'depth',
    label: t('Subscribe depth'),
    message: (of) => ({ action: 'subscribe', mode: 'DEPTH', depth: 5, symbols: list(of) }),
  },
  { id: 'orders', label: t('Order updates'), message: () => ({ action: 'subscribe_orders' }) },
  {
    id: 'unsubscribe',
    label: t('Unsubscribe quote'),
    message: (of) => ({ action: 'unsubscribe', mode: 'QUOTE', symbols: list(of) }),
  },
  { id: 'unsubscribe-all', label: t('Unsubscribe all'), message: () => ({ action: 'unsubscribe_all' }) },
  { id: 'unsubscribe-orders', label: t('Stop orders'), message: () => ({ action: 'unsubscribe_orders' }) },
  { id: 'broker', label: t('Broker info'), message: () => ({ action: 'get_broker_info' }) },
  { id: 'brokers', label: t('Brokers'), message: () => ({ action: 'get_supported_brokers' }) },
  { id: 'ping', label: t('Ping'), message: () => ({ action: 'ping', timestamp: Date.now() }) },
];

const CLOSE_CODES: Record<number, string> = {
  1000: t('Closed in the ordinary way.'),
  1001: t('The server or the page went away.'),
  1002: t('A frame broke the WebSocket protocol.'),
  1003: t('A kind of frame was sent that is not taken.'),
  1005: t('Closed without a reason.'),
  1006: t('The line broke without a goodbye: the process is down, unreachable, or the browser was refused.'),
  1008: t('Too many connections under this key.'),
  1009: t('A message was larger than the server takes.'),
  1011: t('The server met an error of its own.'),
  1012: t('The server restarts; connect again.'),
  1013: t('This client read too slowly for half a minute and was let go.'),
  4401: t('Not authenticated: no valid key in time, three wrong ones, or the key was revoked.'),
};

export function explainClose(code: number, reason: string): string {
  const text = CLOSE_CODES[code] ?? t('A code without a fixed meaning.');
  return reason ? `${code} · ${reason}: ${text}` : `${code}: ${text}`;
}

const SECRET = /("(?:api_key|apikey|ticket)"\s*:\s*")[^"]*(")/g;

/** The text with keys and tickets blotted out, for everything that is shown or kept. */
export const withoutSecrets = (text: string) => text.replace(SECRET, '$1••••$2');

/** The text with the placeholder replaced by the key, as it leaves. */
export const withKey = (text: string, key: string) =>
  text.replaceAll(JSON.stringify(KEY_PLACEHOLDER), JSON.stringify(key));

/** Whether a message names the placeholder and so needs the key. */
export const needsKey = (text: string) => text.includes(JSON.stringify(KEY_PLACEHOLDER));
