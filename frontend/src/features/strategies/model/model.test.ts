import { describe, expect, it } from 'vitest';
import type { StrategyView } from '@/features/strategies/api/get-strategies';
import { samplesOf } from '@/features/strategies/model/messages';
import { hoursText, parseLines, plainName, termsOf, typedOf } from '@/features/strategies/model/terms';

const strategy: StrategyView = {
  id: 3,
  name: 'tradingview_Morning run',
  platform: 'tradingview',
  account_id: null,
  trading_mode: 'LONG',
  is_intraday: true,
  start_time: '09:20',
  end_time: '15:00',
  squareoff_time: '15:10',
  is_active: true,
  mapping_count: 1,
  is_signed: false,
  created_at: null,
  updated_at: null,
  mappings: [{ id: 1, symbol: 'SBIN', exchange: 'NSE', quantity: 10, product_type: 'MIS' }],
};

describe('the form of a strategy', () => {
  it('comes back as it was, with the plain name', () => {
    const { name, trading_mode, is_intraday, start_time, end_time, squareoff_time, account_id } = strategy;
    expect(termsOf(typedOf(strategy))).toEqual({
      name: plainName({ name, platform: 'tradingview' }),
      trading_mode,
      is_intraday,
      start_time,
      end_time,
      squareoff_time,
      account_id,
    });
  });

  it('has no gate where a time is empty or the strategy is not intraday', () => {
    const typed = typedOf(strategy);
    expect(termsOf({ ...typed, end_time: '' })).toMatchObject({ start_time: '09:20', end_time: null });
    expect(termsOf({ ...typed, is_intraday: false })).toMatchObject({
      start_time: null,
      end_time: null,
      squareoff_time: null,
    });
    expect(termsOf({ ...typed, account_id: '7' }).account_id).toBe(7);
  });

  it('says its hours', () => {
    expect(hoursText(strategy)).toBe('09:20–15:00, square-off 15:10');
    expect(hoursText({ ...strategy, end_time: null, squareoff_time: null })).toBe('09:20–…');
    expect(hoursText({ ...strategy, is_intraday: false })).toBe('Positional');
  });
});

describe('lines of symbols', () => {
  it('are read without regard to case, blanks and empty lines', () => {
    expect(parseLines(' sbin, nse ,10,mis\n\nNIFTY29DEC26FUT,NFO,75,NRML')).toEqual({
      rows: [
        { symbol: 'SBIN', exchange: 'NSE', quantity: 10, product_type: 'MIS' },
        { symbol: 'NIFTY29DEC26FUT', exchange: 'NFO', quantity: 75, product_type: 'NRML' },
      ],
      problem: null,
    });
  });

  it.each(['SBIN,NSE,10', 'SBIN,NSE,0,MIS', 'SBIN,NSE,1.5,MIS', 'SBIN,NSE,10,MIS,x', ',NSE,1,MIS'])(
    'name the line that is none: %s',
    (line) => {
      expect(parseLines(`INFY,NSE,1,MIS\n${line}`).problem).toBe(
        'Line 2 is not symbol, exchange, quantity, product',
      );
    },
  );

  it('are required', () => {
    expect(parseLines(' \n').problem).toBe('is required');
  });
});

describe('messages to paste', () => {
  const bodies = (changes: Partial<StrategyView>) =>
    samplesOf({ ...strategy, ...changes }).map(({ text }) => JSON.parse(text) as object);

  it('fill the placeholders of TradingView, with a size where the mode needs one', () => {
    expect(bodies({})[0]).toEqual({
      symbol: 'SBIN',
      action: '{{strategy.order.action}}',
      alert_id: '{{ticker}}-{{timenow}}',
    });
    expect(bodies({ trading_mode: 'BOTH' })[0]).toHaveProperty('position_size', '{{strategy.position_size}}');
  });

  it('enter and close in the direction of the strategy', () => {
    expect(bodies({ platform: 'amibroker', trading_mode: 'SHORT' })).toEqual([
      { symbol: 'SBIN', action: 'SELL' },
      { symbol: 'SBIN', action: 'BUY' },
    ]);
    expect(bodies({ platform: 'python', trading_mode: 'BOTH' })).toEqual([
      { symbol: 'SBIN', action: 'BUY', position_size: '10' },
      { symbol: 'SBIN', action: 'SELL', position_size: '0' },
    ]);
  });

  it('name scans with exactly one of the words that a scanner alert needs', () => {
    const words = samplesOf({ ...strategy, platform: 'chartink', trading_mode: 'SHORT' }).map(
      ({ text }) => text.match(/\b(BUY|SELL|SHORT|COVER)\b/g) ?? [],
    );
    expect(words).toEqual([['SHORT'], ['COVER']]);
  });
});
