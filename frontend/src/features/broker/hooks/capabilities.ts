import type { Broker } from '@/features/broker/api/brokers';
import { t } from '@/messages/words';

/** The operations of a manifest, in the order of the docs, as short as a column head. */
export const CAPABILITIES = [
  ['place', t('Place')],
  ['modify', t('Modify')],
  ['cancel', t('Cancel')],
  ['order_book', t('Orders')],
  ['trade_book', t('Trades')],
  ['positions', t('Positions')],
  ['holdings', t('Holdings')],
  ['funds', t('Funds')],
  ['margin', t('Margin')],
  ['quotes', t('Quotes')],
  ['depth', t('Depth')],
  ['history', t('Bars')],
  ['contracts', t('Contracts')],
  ['stream', t('Stream')],
  ['order_updates', t('Updates')],
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
  if (kind === 'absent') return { text: '–', words: t('absent'), isAbsent: true };
  const count = broker.proofs[operation] ?? 0;
  const proof = broker.practice ? '' : ` · ${t('{{count}} cases', { count, one: '{{count}} case' })}`;
  const figure = broker.practice ? t('yes') : String(count);
  return kind === 'native'
    ? { text: figure, words: t('native') + proof, isAbsent: false }
    : { text: `~${figure}`, words: t('made from other calls') + proof, isAbsent: false };
}

export function proofsOf(broker: Broker): number {
  return Object.values(broker.proofs).reduce((sum, count) => sum + count, 0);
}

const UPDATES: Record<string, string> = {
  market_socket: t('pushed with the prices'),
  own_socket: t('pushed on a socket of their own'),
  in_process: t('told in this process'),
  postback: t('posted to this server'),
  poll: t('polled'),
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
    [t('Exchanges'), broker.exchanges.join(' ')],
    [t('Products'), broker.products.join(' ')],
    [t('Price types'), broker.price_types.join(' ')],
    [t('Quotes per call'), limits ? String(limits.quote_batch) : ''],
    [t('Depth levels'), limits ? String(limits.depth_levels) : ''],
    [
      t('Order tag'),
      limits
        ? limits.tag_length > 0
          ? t('{{count}} characters', { count: limits.tag_length, one: '{{count}} character' })
          : t('none')
        : '',
    ],
    [t('Rates'), ratesOf(broker)],
    [t('Bars'), spans.map(([interval, span]) => `${interval} ${span.days} d`).join(' · ')],
    [
      t('Stream'),
      stream
        ? t('{{sockets}} × {{number}} contracts', {
            sockets: stream.sockets,
            number: stream.instruments_per_socket,
          })
        : '',
    ],
    [t('Order updates'), stream ? (UPDATES[stream.order_updates] ?? stream.order_updates) : t('polled')],
    ['GTT', gtt ? gtt.trigger_types.join(' ') : ''],
  ].filter((pair): pair is [string, string] => pair[1] !== '');
}
