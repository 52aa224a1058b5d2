import { Dialog } from '@/components/ui/dialog';
import { t } from '@/messages/words';

const SHORTCUTS: readonly (readonly [string, string])[] = [
  ['Ctrl K', t('Pages, symbols, “buy 75 nifty 25000 ce”')],
  ['B · S', t('Buy or sell the row under the focus or the pointer')],
  ['Shift B · Shift S', t('The same as a limit order at the touch')],
  ['Enter', t('Place the order in the ticket')],
  ['Esc', t('Close the ticket or a dialog')],
  [t('↑ ↓ in a number'), t('One lot or one tick more or less')],
  ['↑ ↓ Home End', t('Walk the rows of a table')],
  ['G', t('Prices or Greeks in the option chain')],
  ['W', t('Show or hide the watchlist')],
  ['?', t('This list')],
];

export function ShortcutsDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={t('Keyboard shortcuts')}>
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
