import type { Strategy } from '@/features/strategies/api/get-strategies';
import { t } from '@/messages/words';

/** What the server is asked for; times are HH:MM in India, null is no gate. */
export interface StrategyTerms {
  name: string;
  platform?: string;
  trading_mode: string;
  is_intraday: boolean;
  start_time: string | null;
  end_time: string | null;
  squareoff_time: string | null;
  account_id: number | null;
}

export interface MappingTerms {
  symbol: string;
  exchange: string;
  quantity: number;
  product_type: string;
}

const PLATFORM_NAMES: Record<string, string> = {
  tradingview: 'TradingView',
  amibroker: 'AmiBroker',
  python: 'Python',
  metatrader: 'MetaTrader',
  excel: 'Excel',
  chartink: 'Chartink',
  others: t('Others'),
};

export const platformName = (platform: string) => PLATFORM_NAMES[platform] ?? platform;

/** What BUY and SELL do in each direction. */
export const MODE_MEANINGS: Record<string, string> = {
  LONG: t('BUY enters, SELL closes'),
  SHORT: t('SELL enters, BUY closes'),
  BOTH: t('The position is brought to position_size'),
};

/** The name without the platform that the server puts in front. */
export function plainName({ name, platform }: Pick<Strategy, 'name' | 'platform'>): string {
  return name.startsWith(`${platform}_`) ? name.slice(platform.length + 1) : name;
}

/** `09:20–15:00, square-off 15:10`; blank when there is no gate. */
export function hoursText({ is_intraday, start_time, end_time, squareoff_time }: Strategy): string {
  if (!is_intraday) return t('Positional');
  const hours = start_time || end_time ? `${start_time ?? '…'}–${end_time ?? '…'}` : '';
  const off = squareoff_time ? t('square-off {{time}}', { time: squareoff_time }) : '';
  return [hours, off].filter(Boolean).join(', ') || t('Intraday');
}

export interface TypedStrategy {
  name: string;
  platform: string;
  trading_mode: string;
  is_intraday: boolean;
  start_time: string;
  end_time: string;
  squareoff_time: string;
  account_id: string;
}

/** The form of a strategy as it stands; a new one keeps the hours of shares. */
export function typedOf(strategy: Strategy | null): TypedStrategy {
  if (!strategy) {
    return {
      name: '',
      platform: 'tradingview',
      trading_mode: 'LONG',
      is_intraday: true,
      start_time: '09:20',
      end_time: '15:00',
      squareoff_time: '15:10',
      account_id: '',
    };
  }
  return {
    name: plainName(strategy),
    platform: strategy.platform,
    trading_mode: strategy.trading_mode,
    is_intraday: strategy.is_intraday,
    start_time: strategy.start_time ?? '',
    end_time: strategy.end_time ?? '',
    squareoff_time: strategy.squareoff_time ?? '',
    account_id: strategy.account_id === null ? '' : String(strategy.account_id),
  };
}

export function termsOf(typed: TypedStrategy): StrategyTerms {
  const time = (text: string) => (typed.is_intraday && text ? text : null);
  return {
    name: typed.name.trim(),
    trading_mode: typed.trading_mode,
    is_intraday: typed.is_intraday,
    start_time: time(typed.start_time),
    end_time: time(typed.end_time),
    squareoff_time: time(typed.squareoff_time),
    account_id: typed.account_id === '' ? null : Number(typed.account_id),
  };
}

/** Lines `symbol,exchange,quantity,product`, as other installations export them; the first bad line is named. */
export function parseLines(text: string): { rows: MappingTerms[]; problem: string | null } {
  const rows: MappingTerms[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (!line.trim()) continue;
    const [symbol = '', exchange = '', quantity = '', product = '', ...rest] = line
      .split(',')
      .map((part) => part.trim().toUpperCase());
    const isWhole = /^[1-9]\d{0,9}$/.test(quantity);
    if (!symbol || !exchange || !isWhole || !product || rest.length > 0) {
      return {
        rows,
        problem: t('Line {{number}} is not symbol, exchange, quantity, product', { number: index + 1 }),
      };
    }
    rows.push({ symbol, exchange, quantity: Number(quantity), product_type: product });
  }
  return { rows, problem: rows.length === 0 ? t('is required') : null };
}
