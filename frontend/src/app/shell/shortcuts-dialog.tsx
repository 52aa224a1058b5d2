import { Dialog } from '@/components/ui/dialog';

const SHORTCUTS: readonly (readonly [string, string])[] = [
  ['Ctrl K', 'Pages, symbols, “buy 75 nifty 25000 ce”'],
  ['B · S', 'Buy or sell the row under the focus or the pointer'],
  ['Shift B · Shift S', 'The same as a limit order at the touch'],
  ['Enter', 'Place the order in the ticket'],
  ['Esc', 'Close the ticket or a dialog'],
  ['↑ ↓ in a number', 'One lot or one tick more or less'],
  ['↑ ↓ Home End', 'Walk the rows of a table'],
  ['G', 'Prices or Greeks in the option chain'],
  ['W', 'Show or hide the watchlist'],
  ['?', 'This list'],
];

export function ShortcutsDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title="Keyboard shortcuts">
      <dl className="grid grid-cols-[9rem_1fr] gap-y-2">
        {SHORTCUTS.map(([keys, what]) => (
          <div key={keys} className="contents">
            <dt>
              <kbd className="font-sans font-semibold">{keys}</kbd>
            </dt>
            <dd className="text-muted">{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
