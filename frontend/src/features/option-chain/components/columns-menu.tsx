import { Columns3 } from 'lucide-react';
import { Popover } from 'radix-ui';
import { Button } from '@/components/ui/button';
import { useChainPreferences } from '@/features/option-chain/hooks/preferences';
import { COLUMNS } from '@/features/option-chain/model/columns';
import { t } from '@/messages/words';

/** Which columns the view has; each view remembers its own. */
export function ColumnsMenu() {
  const { view, columns, toggleColumn, resetColumns } = useChainPreferences();
  return (
    <Popover.Root>
      <Popover.Trigger asChild>
        <Button size="sm">
          <Columns3 /> {t('Columns')}
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="end"
          sideOffset={4}
          aria-label={t('Columns')}
          className="z-50 w-64 rounded-md border border-line-strong bg-panel p-2 shadow-[var(--shadow)]"
        >
          <fieldset>
            <legend className="px-1 pb-1 text-2xs text-muted">
              {view === 'prices' ? t('Columns of the price view') : t('Columns of the Greeks view')}
            </legend>
            {COLUMNS.filter(({ id }) => id !== 'ltp').map(({ id, name }) => (
              <label
                key={id}
                className="flex min-h-7 cursor-pointer items-center gap-2 rounded px-1 hover:bg-hover"
              >
                <input
                  type="checkbox"
                  checked={columns[view].includes(id)}
                  onChange={() => toggleColumn(id)}
                  className="size-3.5 accent-[var(--accent)]"
                />
                {name}
              </label>
            ))}
          </fieldset>
          <Button size="sm" variant="ghost" className="mt-1 w-full" onClick={resetColumns}>
            {t('As at first')}
          </Button>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
