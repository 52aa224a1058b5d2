import { expect, it } from 'vitest';
import { toCsv } from '@/lib/csv';

const columns = [
  { title: 'Symbol', value: (row: { symbol: string }) => row.symbol },
  { title: 'P&L', value: (row: { pnl?: number | null }) => row.pnl },
];

it('writes plain numbers and leaves unknown cells empty', () => {
  expect(
    toCsv(columns, [
      { symbol: 'SBIN', pnl: -1234.5 },
      { symbol: 'TCS', pnl: null },
    ]),
  ).toBe('Symbol,P&L\r\nSBIN,-1234.5\r\nTCS,\r\n');
});

it('quotes commas and quotes', () => {
  expect(toCsv(columns, [{ symbol: 'A,"B"', pnl: 1 }])).toContain('"A,""B""",1');
});

it('disarms text that a spreadsheet would run', () => {
  expect(toCsv(columns, [{ symbol: '=HYPERLINK(1)', pnl: 1 }])).toContain("'=HYPERLINK(1)");
});
