import type { Broker } from '@/features/broker/api/brokers';

/** The operations of a manifest, in the order of the docs, as short as a column head. */
export const CAPABILITIES = [
  ['place', 'Place'],
  ['modify', 'Modify'],
  ['cancel', 'Cancel'],
  ['order_book', 'Orders'],
  ['trade_book', 'Trades'],
  ['positions', 'Positions'],
  ['holdings', 'Holdings'],
  ['funds', 'Funds'],
  ['margin', 'Margin'],
  ['quotes', 'Quotes'],
  ['depth', 'Depth'],
  ['history', 'Bars'],
  ['contracts', 'Contracts'],
  ['stream', 'Stream'],
  ['order_updates', 'Updates'],
  ['gtt', 'GTT'],
] as const;

export interface Ability {
  /** What stands in a cell: the number of proofs, `yes` for the practice exchange, `–` for what is absent. */
  text: string;
  /** The same in a sentence. */
  words: string;
  isAbsent: boolean;
}

/** The practice exchange is no vendor's wire: there are no cases to count. */
export function abilityOf(broker: Broker, operation: string): Ability {
  const kind = broker.capabilities[operation] ?? 'absent';
  if (kind === 'absent') return { text: '–', words: 'absent', isAbsent: true };
  const count = broker.proofs[operation] ?? 0;
  const proof = broker.practice ? '' : ` · ${count} ${count === 1 ? 'case' : 'cases'}`;
  const figure = broker.practice ? 'yes' : String(count);
  return kind === 'native'
    ? { text: figure, words: `native${proof}`, isAbsent: false }
    : { text: `~${figure}`, words: `made from other calls${proof}`, isAbsent: false };
}

export function proofsOf(broker: Broker): number {
  return Object.values(broker.proofs).reduce((sum, count) => sum + count, 0);
}

const UPDATES: Record<string, string> = {
  market_socket: 'pushed with the prices',
  own_socket: 'pushed on a socket of their own',
  in_process: 'told in this process',
  postback: 'posted to this server',
  poll: 'polled',
};

function ratesOf({ limits }: Broker): string {
  return Object.entries(limits?.rates ?? {})
    .map(([name, rate]) => {
      const told = [
        rate.per_second && `${rate.per_second}/s`,
        rate.per_minute && `${rate.per_minute}/min`,
        rate.per_hour && `${rate.per_hour}/h`,
        rate.per_day && `${rate.per_day}/day`,
      ];
      return `${name} ${told.filter(Boolean).join(', ')}`;
    })
    .join(' · ');
}

/** Name and value of each limit the manifest tells. */
export function limitsOf(broker: Broker): [string, string][] {
  const { limits, stream, gtt } = broker;
  const spans = Object.entries(limits?.history ?? {});
  return [
    ['Exchanges', broker.exchanges.join(' ')],
    ['Products', broker.products.join(' ')],
    ['Price types', broker.price_types.join(' ')],
    ['Quotes per call', limits ? String(limits.quote_batch) : ''],
    ['Depth levels', limits ? String(limits.depth_levels) : ''],
    ['Order tag', limits ? (limits.tag_length > 0 ? `${limits.tag_length} characters` : 'none') : ''],
    ['Rates', ratesOf(broker)],
    ['Bars', spans.map(([interval, span]) => `${interval} ${span.days} d`).join(' · ')],
    ['Stream', stream ? `${stream.sockets} × ${stream.instruments_per_socket} contracts` : ''],
    ['Order updates', stream ? (UPDATES[stream.order_updates] ?? stream.order_updates) : 'polled'],
    ['GTT', gtt ? gtt.trigger_types.join(' ') : ''],
  ].filter((pair): pair is [string, string] => pair[1] !== '');
}
