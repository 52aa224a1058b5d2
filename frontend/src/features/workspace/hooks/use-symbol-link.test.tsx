import { act, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SOURCE, useSymbolLink } from '@/features/workspace/hooks/use-symbol-link';

const choose = vi.fn();
const SBIN = { symbol: 'SBIN', exchange: 'NSE' };

function Page() {
  return (
    <div {...useSymbolLink(choose)}>
      <ul {...SOURCE}>
        {['SBIN', 'TCS'].map((symbol) => (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: rows of the lists are walked by key.
          <li key={symbol} tabIndex={0} data-symbol={symbol} data-exchange="NSE">
            {symbol}
            <button type="button">remove {symbol}</button>
          </li>
        ))}
      </ul>
      <p data-symbol="INFY" data-exchange="NSE">
        ladder
      </p>
      <a href="/chart?symbol=SBIN&exchange=NSE">chart</a>
    </div>
  );
}

beforeEach(() => {
  vi.useFakeTimers();
  choose.mockClear();
  render(<Page />);
});
afterEach(() => void vi.useRealTimers());

it('follows a row that is clicked, and no control inside it', () => {
  fireEvent.click(screen.getByText('SBIN'));
  expect(choose).toHaveBeenCalledWith(SBIN);
  fireEvent.click(screen.getByRole('button', { name: 'remove TCS' }));
  expect(choose).toHaveBeenCalledTimes(1);
});

it('follows the row that the focus rests on, not those it passes', () => {
  act(() => screen.getByText('TCS').focus());
  act(() => screen.getByText('SBIN').focus());
  act(() => void vi.advanceTimersByTime(200));
  expect(choose).toHaveBeenCalledTimes(1);
  expect(choose).toHaveBeenCalledWith(SBIN);
});

it('takes nothing from what follows itself', () => {
  fireEvent.click(screen.getByText('ladder'));
  expect(choose).not.toHaveBeenCalled();
});

it('opens a chart link here, unless it is asked for elsewhere', () => {
  expect(fireEvent.click(screen.getByRole('link'), { ctrlKey: true })).toBe(true);
  expect(choose).not.toHaveBeenCalled();
  expect(fireEvent.click(screen.getByRole('link'))).toBe(false);
  expect(choose).toHaveBeenCalledWith(SBIN);
});
