import type { QueryKey } from '@/lib/query-keys';
import { queryKeys } from '@/lib/query-keys';
import { type Announcement, EVENT_RULES, type Payload } from '@/lib/realtime/events';
import { type AskOrders, followOrders } from '@/lib/realtime/order-stream';
import { t } from '@/messages/words';

/** The part of a Socket.IO client this desk uses. */
export interface EventSource {
  on(event: string, listener: (payload?: unknown) => void): unknown;
  off(event: string, listener: (payload?: unknown) => void): unknown;
}

export interface RealtimeParts {
  socket: EventSource;
  askOrders: AskOrders;
  invalidate: (key: QueryKey) => void;
  /** Puts an order update into the book on screen; answers what is out of date all the same, null for the whole book. */
  applyOrder?: (payload: Payload) => readonly QueryKey[] | null;
  announce: (announcement: Announcement) => void;
  onConnectedChange: (isConnected: boolean) => void;
  onFeedState: (state: string, reason: string | null, since: number | null) => void;
  /** Instruments that were unknown may be known now. */
  onContractsChanged: () => void;
  onForcedLogout: (message: string) => void;
}

const COALESCE_MS = 120;

/** What may have changed while the line was down and no order update tells of. */
const NOT_IN_STREAM: readonly QueryKey[] = [
  queryKeys.bootstrap,
  queryKeys.gtts,
  queryKeys.exits,
  queryKeys.approvals,
  queryKeys.risk,
  queryKeys.drift,
];

function payloadOf(value: unknown): Payload {
  return value !== null && typeof value === 'object' ? (value as Payload) : {};
}

/** A burst of events (a basket, a square-off) costs one refetch per read. */
function coalesce(invalidate: (key: QueryKey) => void) {
  const waiting = new Map<string, QueryKey>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    add(keys: readonly QueryKey[]) {
      for (const key of keys) waiting.set(key.join('/'), key);
      timer ??= setTimeout(() => {
        timer = undefined;
        const keysNow = [...waiting.values()];
        waiting.clear();
        for (const key of keysNow) invalidate(key);
      }, COALESCE_MS);
    },
    stop: () => clearTimeout(timer),
  };
}

/** Connects events to reads: an order update goes into its row, any other event only says what to ask for again. */
export function wireRealtime(parts: RealtimeParts): () => void {
  const stale = coalesce(parts.invalidate);
  const orders = followOrders(parts.askOrders, () => stale.add([queryKeys.book]));
  let wasConnected = false;
  const listeners: [string, (payload?: unknown) => void][] = Object.entries(EVENT_RULES).map(
    ([event, rule]) => [
      event,
      (payload) => {
        const isOrder = event === 'order_update';
        if (isOrder && !orders.hear(payloadOf(payload))) return;
        stale.add((isOrder && parts.applyOrder?.(payloadOf(payload))) || rule.invalidates);
        const announcement = rule.announce?.(payloadOf(payload));
        if (announcement) parts.announce(announcement);
      },
    ],
  );
  listeners.push(
    [
      'connect',
      () => {
        parts.onConnectedChange(true);
        if (wasConnected) stale.add(NOT_IN_STREAM);
        wasConnected = true;
        orders.begin();
      },
    ],
    [
      'disconnect',
      () => {
        parts.onConnectedChange(false);
        orders.pause();
      },
    ],
    ['master_contract_download', parts.onContractsChanged],
    [
      'feed_state',
      (payload) => {
        const { state, reason, since_ms: since } = payloadOf(payload);
        if (typeof state !== 'string') return;
        parts.onFeedState(
          state,
          typeof reason === 'string' ? reason : null,
          typeof since === 'number' ? since : null,
        );
      },
    ],
    [
      'force_logout',
      (payload) => {
        const { message } = payloadOf(payload);
        parts.onForcedLogout(typeof message === 'string' && message ? message : t('You were signed out.'));
      },
    ],
  );
  for (const [event, listener] of listeners) parts.socket.on(event, listener);
  return () => {
    stale.stop();
    orders.pause();
    for (const [event, listener] of listeners) parts.socket.off(event, listener);
  };
}
