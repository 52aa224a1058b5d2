import { describe, expect, it } from 'vitest';
import { readSettings } from '@/features/chart/api/preferences';
import { droppedPrice, markAt, marksOf, type PriceMark } from '@/features/chart/hooks/price-marks';
import { FIRST_LOOK } from '@/features/chart/view/look';
import type { Order } from '@/lib/orders/schema';

const SBIN = { symbol: 'SBIN', exchange: 'NSE' };

const order = (change: Partial<Order>): Order => ({
  ...SBIN,
  orderid: '7',
  action: 'BUY',
  quantity: 100,
  price: 960,
  trigger_price: 0,
  pricetype: 'LIMIT',
  product: 'MIS',
  order_status: 'open',
  average_price: null,
  filled_quantity: 0,
  pending_quantity: 100,
  disclosed_quantity: null,
  rejection_reason: null,
  strategy: null,
  timestamp: null,
  ...change,
});

const held = { ...SBIN, product: 'MIS', quantity: -25, average_price: 968.3 };

describe('lines of the books', () => {
  it('stand at every price a working order of the instrument has', () => {
    const stop = order({
      orderid: '8',
      action: 'SELL',
      pricetype: 'SL',
      price: 940,
      trigger_price: 942,
      order_status: 'trigger pending',
    });
    const others = [
      order({ orderid: '1', exchange: 'BSE' }),
      order({ orderid: '2', order_status: 'complete' }),
      order({ orderid: '3', order_status: 'unknown' }),
      order({ orderid: '4', pricetype: 'MARKET', price: 0 }),
    ];
    const marks = marksOf(SBIN, [order({}), stop, ...others], [], null);
    expect(marks.map(({ id, price, title }) => [id, price, title])).toEqual([
      ['7:price', 960, 'BUY 100 LIMIT'],
      ['8:price', 940, 'SELL 100 SL'],
      ['8:trigger_price', 942, 'SELL 100 SL trigger'],
    ]);
    expect(marks.every(({ drag }) => drag)).toBe(true);
  });

  it('show what is left of a part-filled order', () => {
    expect(marksOf(SBIN, [order({ pending_quantity: 40 })], [], null)[0]?.title).toBe('BUY 40 LIMIT');
  });

  it('show a position at its average, which cannot be dragged', () => {
    const flat = { ...held, product: 'CNC', quantity: 0 };
    expect(marksOf(SBIN, [], [held, flat], null)).toEqual([
      { id: 'position:MIS', price: 968.3, title: '−25 MIS', tone: 'sell', kind: 'position' },
    ]);
  });

  it('stay where they were dropped while that is asked about, and go back when it is not', () => {
    const one = order({});
    const proposal = { order: one, field: 'price', price: 955 } as const;
    expect(marksOf(SBIN, [one], [], proposal)[0]).toMatchObject({ price: 955, title: 'BUY 100 LIMIT…' });
    expect(marksOf(SBIN, [one], [], null)[0]).toMatchObject({ price: 960 });
  });

  it('cannot be dragged while a change is on its way', () => {
    expect(marksOf(SBIN, [order({ pending: 'modify' })], [], null)[0]?.drag).toBeUndefined();
  });
});

describe('dragging', () => {
  const mark = (id: string, price: number, isDraggable = true): PriceMark => ({
    id,
    price,
    title: id,
    tone: 'buy',
    kind: 'order',
    ...(isDraggable && { drag: { orderid: id, field: 'price' } }),
  });
  const toY = (price: number) => (price > 900 ? 1000 - price : null);

  it('takes the nearest line within reach that may be dragged', () => {
    const marks = [mark('a', 960), mark('b', 956), mark('c', 955, false), mark('d', 10)];
    expect(markAt(marks, 44, toY)?.id).toBe('b');
    expect(markAt(marks, 41, toY)?.id).toBe('a');
    expect(markAt(marks, 60, toY)).toBeNull();
  });

  it('drops on the tick and never at nothing', () => {
    expect(droppedPrice(960.023, 0.05)).toBe(960);
    expect(droppedPrice(89.01237, 0.0025)).toBe(89.0125);
    expect(droppedPrice(-3, 0.05)).toBeNull();
    expect(droppedPrice(null, 0.05)).toBeNull();
  });
});

describe('remembered settings', () => {
  it('leave out what cannot be drawn', () => {
    const kept = { name: 'rsi', parameters: { period: 14 } };
    const text = JSON.stringify({
      symbol: 'SBIN',
      exchange: 'NSE',
      interval: 7,
      indicators: [kept, { name: 'ema', parameters: { period: 0 } }, { name: 'moon', parameters: {} }],
    });
    expect(readSettings(text)).toEqual({
      ...SBIN,
      interval: null,
      look: FIRST_LOOK,
      isVolumeShown: true,
      indicators: [kept],
      own: {},
    });
  });

  it('begin with one mean when nothing, or nonsense, was kept', () => {
    for (const text of [undefined, '{', '[]'])
      expect(readSettings(text).indicators).toEqual([{ name: 'ema', parameters: { period: 20 } }]);
  });
});
