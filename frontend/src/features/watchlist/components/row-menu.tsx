import {
  ArrowDown,
  ArrowUp,
  ChartCandlestick,
  FolderInput,
  MoreHorizontal,
  Rows4,
  TableProperties,
  Trash2,
} from 'lucide-react';
import { DropdownMenu as Radix } from 'radix-ui';
import { Button } from '@/components/ui/button';
import { Menu, MenuContent, MenuItem, MenuLabel, MenuLine, MenuTrigger } from '@/components/ui/menu';
import { hasPrice, type RowLine } from '@/features/watchlist/model/lines';
import { isTradable } from '@/lib/instruments/schema';
import { t } from '@/messages/words';

/** What a row can be asked to do; the same by button, menu and key. */
export type RowAct = 'select' | 'buy' | 'sell' | 'depth' | 'chart' | 'chain' | 'up' | 'down' | 'remove';

interface RowMenuProps {
  line: RowLine;
  isOwnOrder: boolean;
  /** Lists and groups it can be moved to. */
  places: readonly { key: string; name: string; move: () => void }[];
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  act: (act: RowAct) => void;
}

/** Everything a row can do, with its keys. */
export function RowMenu({ line, isOwnOrder, places, isOpen, onOpenChange, act }: RowMenuProps) {
  const { row } = line;
  const item = (what: RowAct, text: string, icon: React.ReactNode, key?: string) => (
    <MenuItem onSelect={() => act(what)}>
      {icon} {text}
      {key && <kbd className="ml-auto pl-4 text-2xs text-muted">{key}</kbd>}
    </MenuItem>
  );
  return (
    <Menu open={isOpen} onOpenChange={onOpenChange}>
      <MenuTrigger asChild>
        <Button size="iconXs" variant="ghost" aria-label={t('More about {{symbol}}', { symbol: row.symbol })}>
          <MoreHorizontal />
        </Button>
      </MenuTrigger>
      <MenuContent>
        {hasPrice(row) && (
          <>
            {isTradable(row.exchange) && (
              <>
                {item(
                  'buy',
                  t('Buy'),
                  <span aria-hidden className="w-4 text-center font-bold text-buy">
                    B
                  </span>,
                  'B',
                )}
                {item(
                  'sell',
                  t('Sell'),
                  <span aria-hidden className="w-4 text-center font-bold text-sell">
                    S
                  </span>,
                  'S',
                )}
              </>
            )}
            {item('depth', t('Market depth'), <Rows4 aria-hidden />, 'D')}
            {item('chart', t('Chart'), <ChartCandlestick aria-hidden />, 'C')}
            {item('chain', t('Option chain'), <TableProperties aria-hidden />, 'O')}
            <MenuLine />
          </>
        )}
        {isOwnOrder && (
          <>
            {item('up', t('Move up'), <ArrowUp aria-hidden />, t('Alt ↑'))}
            {item('down', t('Move down'), <ArrowDown aria-hidden />, t('Alt ↓'))}
          </>
        )}
        {places.length > 0 && (
          <Radix.Sub>
            <Radix.SubTrigger className="flex min-h-8 cursor-pointer select-none items-center gap-2 rounded px-2 py-1 text-sm outline-none data-[highlighted]:bg-hover data-[state=open]:bg-hover [&_svg]:size-4 [&_svg]:text-muted">
              <FolderInput aria-hidden /> {t('Move to')}
            </Radix.SubTrigger>
            <Radix.Portal>
              <Radix.SubContent className="z-50 max-h-80 min-w-40 overflow-auto rounded-md border border-line-strong bg-panel p-1 shadow-[var(--shadow)]">
                <MenuLabel>{t('List or group')}</MenuLabel>
                {places.map(({ key, name, move }) => (
                  <MenuItem key={key} onSelect={move}>
                    {name}
                  </MenuItem>
                ))}
              </Radix.SubContent>
            </Radix.Portal>
          </Radix.Sub>
        )}
        {item('remove', t('Remove'), <Trash2 aria-hidden />, t('Del'))}
      </MenuContent>
    </Menu>
  );
}
