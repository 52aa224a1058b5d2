import { act, screen } from '@testing-library/react';
import { useState } from 'react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { CommandPalette, type PaletteAction } from '@/features/search/components/command-palette';
import { renderInDesk } from '@/testing/render';
import { resetDesk } from '@/testing/server';

beforeEach(() => void resetDesk());

const chosen = vi.fn();
const ACTIONS: PaletteAction[] = ['Orders', 'Positions'].map((title) => ({
  id: title,
  title,
  run: () => chosen(title),
}));

function Desk() {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <button type="button" onClick={() => setIsOpen(true)}>
        Open
      </button>
      <CommandPalette isOpen={isOpen} onClose={() => setIsOpen(false)} actions={ACTIONS} />
    </>
  );
}

const palette = () => screen.queryByRole('dialog', { name: 'Command palette' });

describe('the command palette', () => {
  it('opens on its box, keeps the focus there, and gives it back when left', async () => {
    const { user } = renderInDesk(<Desk />);
    const opener = screen.getByRole('button', { name: 'Open' });
    await user.click(opener);
    const box = screen.getByRole('combobox');
    expect(box).toHaveFocus();
    await user.tab();
    expect(box).toHaveFocus();
    await user.keyboard('{Escape}');
    expect(palette()).toBeNull();
    expect(opener).toHaveFocus();
  });

  it('finds an empty box and the first page chosen at each opening', async () => {
    const { user } = renderInDesk(<Desk />);
    const open = () => user.click(screen.getByRole('button', { name: 'Open' }));
    await open();
    await user.keyboard('pos{Enter}');
    expect(chosen).toHaveBeenLastCalledWith('Positions');
    await open();
    expect(screen.getByRole('combobox')).toHaveValue('');
    await user.keyboard('{Enter}');
    expect(chosen).toHaveBeenLastCalledWith('Orders');
  });

  it("stands ready before it is asked for, out of everybody's way", async () => {
    vi.useFakeTimers();
    try {
      renderInDesk(<Desk />);
      expect(screen.queryByRole('combobox', { hidden: true })).toBeNull();
      await act(() => vi.advanceTimersByTimeAsync(2600));
      expect(screen.getByRole('combobox', { hidden: true })).not.toBeVisible();
      expect(palette()).toBeNull();
      expect(document.querySelector('[data-modal="true"]')).toBeNull();
    } finally {
      vi.useRealTimers();
    }
  });
});
