import { formatPrice, formatQuantity } from '@/lib/format';
import type { QueryKey } from '@/lib/query-keys';
import { queryKeys } from '@/lib/query-keys';
import { t } from '@/messages/words';

export type Payload = Record<string, unknown>;

export interface Announcement {
  key: string;
  tone: 'success' | 'error' | 'info' | 'warning';
  title: string;
  description?: string;
}

/** What one kind of event does: which reads it makes out of date, and what, if anything, it tells the trader. */
export interface EventRule {
  invalidates: readonly QueryKey[];
  announce?: (payload: Payload) => Announcement | null;
}

function text(payload: Payload, name: string): string {
  const value = payload[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function number(payload: Payload, name: string): number | null {
  const value = payload[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function what(payload: Payload): string {
  return `${text(payload, 'action')} ${formatQuantity(number(payload, 'quantity'))} ${text(payload, 'symbol')}`;
}

function announceOrder(payload: Payload): Announcement | null {
  const status = text(payload, 'order_status');
  const key = `order:${text(payload, 'orderid')}:${status}:${text(payload, 'filled_quantity')}`;
  const average = formatPrice(number(payload, 'average_price'));
  switch (status) {
    case 'complete':
      return {
        key,
        tone: 'success',
        title: t('Filled: {{order}}', { order: what(payload) }),
        description: t('Average {{average}}', { average }),
      };
    case 'rejected':
      return {
        key,
        tone: 'error',
        title: t('Rejected: {{order}}', { order: what(payload) }),
        description: text(payload, 'rejection_reason'),
      };
    case 'cancelled':
      return { key, tone: 'info', title: t('Cancelled: {{order}}', { order: what(payload) }) };
    case 'unknown':
      return {
        key,
        tone: 'warning',
        title: t('Outcome not known: {{order}}', { order: what(payload) }),
        description: t('The broker did not answer. The order may be live until the book says otherwise.'),
      };
    default:
      return null;
  }
}

/** A kill switch concerns everybody whose orders it stops, so it is said wherever they are. */
function announceSwitch(payload: Payload): Announcement | null {
  if (payload.kind !== 'kill_switch') return null;
  const [by, reason] = [text(payload, 'by'), text(payload, 'reason')];
  const isStopped = payload.engaged === true;
  return {
    key: `switch:${text(payload, 'scope')}:${isStopped}`,
    tone: isStopped ? 'warning' : 'info',
    title: isStopped ? t('New orders are stopped') : t('New orders pass again'),
    description: reason ? `${by}: ${reason}` : by,
  };
}

/** The market-data feed of a broker needs somebody, or no longer does. */
function announceFeed(payload: Payload): Announcement {
  const isOver = payload.over === true;
  return {
    key: `feed:${text(payload, 'broker')}:${isOver}:${text(payload, 'message')}`,
    tone: isOver ? 'success' : 'warning',
    title: isOver ? t('Market data is well again') : t('Market data needs you'),
    description: isOver ? undefined : text(payload, 'message'),
  };
}

/** A single order, or a call of several when it has ended; the orders within such a call stay silent. */
function announcePlaced(payload: Payload): Announcement | null {
  const orderid = text(payload, 'orderid');
  if (!orderid) return null;
  if (payload.batch_order === true) return payload.is_last_order === true ? announceBatch(payload) : null;
  const quantity = number(payload, 'quantity');
  return {
    key: `placed:${orderid}`,
    tone: 'info',
    title: t('{{order}} sent', {
      order: quantity === null ? `${text(payload, 'action')} ${text(payload, 'symbol')}` : what(payload),
    }),
    description: t('Order {{orderid}}', { orderid }),
  };
}

function announceBatch(payload: Payload): Announcement {
  const sent = number(payload, 'successful') ?? 0;
  const failed = number(payload, 'failed') ?? 0;
  const name = text(payload, 'symbol');
  return {
    key: `batch:${name}:${text(payload, 'orderid')}:${String(payload.orderids)}`,
    tone: failed > 0 ? 'warning' : 'info',
    title: t('{{symbol}}: {{sent}} of {{all}} orders sent', {
      symbol: name,
      sent: formatQuantity(sent),
      all: formatQuantity(sent + failed),
    }),
    ...(failed > 0 ? { description: t('The rest was not: see the order book.') } : {}),
  };
}

function announceClosed(payload: Payload): Announcement | null {
  const message = text(payload, 'message');
  if (!message) return null;
  const tone = text(payload, 'status') === 'partial' ? 'warning' : 'info';
  return { key: `closed:${message}`, tone, title: message };
}

function announceNotice(payload: Payload): Announcement | null {
  if (text(payload, 'status') !== 'info') return announceRefusal(payload);
  return {
    key: `notice:${text(payload, 'symbol')}:${text(payload, 'message')}`,
    tone: 'info',
    title: t('{{symbol}}: nothing sent', { symbol: text(payload, 'symbol') }),
    description: text(payload, 'message'),
  };
}

/** What its own dialog has not said already: that one fired, failed to, or is over. */
function announceGtt(payload: Payload): Announcement | null {
  const event = text(payload, 'event');
  const id = text(payload, 'trigger_id');
  const name = text(payload, 'symbol');
  const key = `gtt:${id}:${event}`;
  if (event === 'triggered') {
    const orderid = text(payload, 'triggered_order_id');
    return {
      key,
      tone: 'info',
      title: t('GTT fired: {{symbol}}', { symbol: name }),
      description: t('Order {{orderid}}', { orderid }),
    };
  }
  if (event === 'expired')
    return { key, tone: 'warning', title: t('GTT is over: {{symbol}}', { symbol: name }) };
  if (event === 'failed' && id) {
    const message = text(payload, 'message');
    return {
      key,
      tone: 'error',
      title: t('GTT did not become an order: {{symbol}}', { symbol: name }),
      description: message,
    };
  }
  return null;
}

function announceWaiting(payload: Payload): Announcement | null {
  const id = text(payload, 'pending_order_id');
  if (!id) return null;
  return {
    key: `waiting:${id}`,
    tone: 'info',
    title: t('An order waits for your approval'),
    description: t('See the action centre.'),
  };
}

/** A rule of ours refused an order of any client: its sender was told, and so is whoever watches the desk. */
function announceRefusal(payload: Payload): Announcement | null {
  const message = text(payload, 'message');
  if (text(payload, 'status') !== 'error' || !message) return null;
  const lead = text(payload, 'operation') === 'protection' ? t('Needs you') : t('Refused');
  return {
    key: `refused:${text(payload, 'symbol')}:${message}`,
    tone: 'error',
    title: `${lead}: ${text(payload, 'symbol')}`,
    description: message,
  };
}

/** The broker's books and ours differ, and nothing explains it. */
function announceDrift(payload: Payload): Announcement {
  const name = text(payload, 'symbol');
  const kind = text(payload, 'kind').replaceAll('-', ' ');
  return {
    key: `drift:${text(payload, 'kind')}:${name}:${text(payload, 'orderid')}`,
    tone: 'error',
    title: t('Books differ: {{symbol}}, {{kind}}', { symbol: name, kind }),
    description: t('See the drift report.'),
  };
}

const LEGS: Record<string, string> = {
  stop_loss: t('stop loss'),
  target: t('target'),
  trailing_stop: t('trailing stop'),
};

/** An exit that the gateway holds was reached, or needs a person. */
function announceExit(payload: Payload): Announcement | null {
  const status = text(payload, 'status');
  const symbol = text(payload, 'symbol');
  const key = `exit:${text(payload, 'exit_id')}:${status}`;
  const leg = text(payload, 'triggered_leg');
  if (status === 'exiting') {
    const price = formatPrice(number(payload, 'price_seen'));
    return {
      key,
      tone: 'warning',
      title: t('Exit of {{symbol}}: {{leg}} reached', { symbol, leg: LEGS[leg] ?? leg.replace('_', ' ') }),
      description: t('At {{price}}', { price }),
    };
  }
  if (status === 'disabled') {
    return {
      key,
      tone: 'error',
      title: t('Exit of {{symbol}}: look into the order book', { symbol }),
      description: text(payload, 'reason'),
    };
  }
  return null;
}

function announceContracts(payload: Payload): Announcement | null {
  const status = text(payload, 'status');
  const message = text(payload, 'message');
  if (status === 'success' || status === 'loaded') {
    return {
      key: `contracts:${status}:${message}`,
      tone: 'success',
      title: t('Contracts loaded'),
      description: message,
    };
  }
  if (status === 'error' || status === 'failed') {
    return {
      key: `contracts:${status}:${message}`,
      tone: 'error',
      title: t('Contracts could not be loaded'),
      description: message,
    };
  }
  return null;
}

function announceMode(payload: Payload): Announcement {
  const isPaper = payload.analyze_mode === true;
  return {
    key: `mode:${isPaper}:${text(payload, 'seq')}`,
    tone: 'warning',
    title: isPaper
      ? t('Paper mode: orders no longer reach the account')
      : t('Paper mode is off: orders go to the active account'),
  };
}

export const EVENT_RULES: Record<string, EventRule> = {
  order_update: { invalidates: [queryKeys.book], announce: announceOrder },
  order_notification: { invalidates: [queryKeys.timeLine], announce: announceNotice },
  gtt_event: { invalidates: [queryKeys.gtts], announce: announceGtt },
  pending_order_created: { invalidates: [queryKeys.approvals], announce: announceWaiting },
  pending_order_updated: { invalidates: [queryKeys.approvals] },
  feed_alarm: { invalidates: [], announce: announceFeed },
  drift_found: { invalidates: [queryKeys.drift], announce: announceDrift },
  risk_changed: { invalidates: [queryKeys.risk], announce: announceSwitch },
  position_exit: { invalidates: [queryKeys.exits], announce: announceExit },
  order_event: { invalidates: [queryKeys.book], announce: announcePlaced },
  modify_order_event: { invalidates: [queryKeys.orders] },
  cancel_order_event: { invalidates: [queryKeys.book] },
  close_position_event: { invalidates: [queryKeys.book], announce: announceClosed },
  account_update: {
    invalidates: [
      queryKeys.instruments,
      queryKeys.bootstrap,
      queryKeys.accounts,
      queryKeys.book,
      queryKeys.contracts,
    ],
  },
  master_contract_download: {
    invalidates: [queryKeys.instruments, queryKeys.contracts, queryKeys.accounts, queryKeys.bootstrap],
    announce: announceContracts,
  },
  webhook_delivery: { invalidates: [queryKeys.strategies] },
  webhook_order: { invalidates: [queryKeys.strategies] },
  watchlists_changed: { invalidates: [queryKeys.watchlists] },
  preference_changed: { invalidates: [queryKeys.documents, queryKeys.preferences] },
  app_mode_changed: { invalidates: [queryKeys.bootstrap, queryKeys.book], announce: announceMode },
};
