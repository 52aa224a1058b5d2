import { useQuery } from '@tanstack/react-query';
import { Command } from 'cmdk';
import { Dialog } from 'radix-ui';
import { type ReactNode, useDeferredValue, useState } from 'react';
import { useNavigate } from 'react-router';
import { chartPath } from '@/components/market/chart-link';
import { readPalette } from '@/features/search/hooks/palette-command';
import { useDebounced } from '@/hooks/use-debounced';
import { cn } from '@/lib/cn';
import { searchQuery } from '@/lib/instruments/queries';
import { type Instrument, isTradable } from '@/lib/instruments/schema';
import type { Action } from '@/lib/orders/schema';
import { t } from '@/messages/words';
import { openTicket } from '@/stores/ticket';

export interface PaletteAction {
  id: string;
  title: string;
  /** Other words it answers to. */
  words?: string;
  icon?: ReactNode;
  hint?: string;
  run: () => void;
}

interface CommandPaletteProps {
  isOpen: boolean;
  onClose: () => void;
  actions: readonly PaletteAction[];
}

const item =
  'flex min-h-9 cursor-pointer select-none items-center gap-2 rounded px-2 data-[selected=true]:bg-hover [&_svg]:size-4 [&_svg]:text-muted';

function matches(action: PaletteAction, terms: string): boolean {
  const text = `${action.title} ${action.words ?? ''}`.toLowerCase();
  return terms
    .toLowerCase()
    .split(' ')
    .every((word) => text.includes(word));
}

/** Ctrl K: pages, instruments, and "buy 75 nifty 24000ce" straight into the ticket. */
export function CommandPalette({ isOpen, onClose, actions }: CommandPaletteProps) {
  return (
    <Dialog.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-50 bg-black/50" />
        <Dialog.Content
          data-modal="true"
          aria-describedby={undefined}
          className="fixed top-[12dvh] left-1/2 z-50 w-[min(40rem,calc(100vw-1.5rem))] -translate-x-1/2 overflow-hidden rounded-md border border-line-strong bg-panel shadow-[var(--shadow)]"
        >
          <Dialog.Title className="sr-only">{t('Command palette')}</Dialog.Title>
          <PaletteBody actions={actions} onClose={onClose} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function PaletteBody({ actions, onClose }: Omit<CommandPaletteProps, 'isOpen'>) {
  const [text, setText] = useState('');
  const { action, quantity, price, isChart, terms } = readPalette(text);
  const navigate = useNavigate();
  const { data, isFetching } = useQuery(searchQuery({ q: useDebounced(terms, 100), limit: 20 }));
  const instruments =
    terms.length >= 2 ? (data ?? []).filter((one) => isChart || isTradable(one.exchange)) : [];
  // The box to type in comes first, the pages in the frame after.
  const isFilled = useDeferredValue(true, false);
  const pages = action || isChart || !isFilled ? [] : actions.filter((one) => matches(one, terms));

  const run = (what: () => void) => {
    onClose();
    what();
  };
  const trade = (side: Action, { symbol, exchange }: Instrument) =>
    run(() =>
      openTicket({
        symbol,
        exchange,
        action: side,
        quantity: quantity ?? undefined,
        ...(price !== null && { pricetype: 'LIMIT', price }),
      }),
    );

  return (
    <Command shouldFilter={false} loop label={t('Command palette')}>
      <Command.Input
        value={text}
        onValueChange={setText}
        placeholder={t('Go to a page, find a symbol, or: buy 75 nifty 25000 ce')}
        className="h-12 w-full border-line border-b bg-transparent px-4 text-base outline-none placeholder:text-muted"
      />
      <Command.List className="max-h-[min(26rem,60dvh)] overflow-auto p-1.5 [&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-2xs [&_[cmdk-group-heading]]:text-muted">
        {isFilled && (
          <Command.Empty className="px-2 py-6 text-center text-muted">
            {isFetching ? t('Searching…') : t('Nothing found. Try a symbol or a page name.')}
          </Command.Empty>
        )}
        {pages.length > 0 && (
          <Command.Group heading={t('Go to')}>
            {pages.map((page) => (
              <Command.Item
                key={page.id}
                value={`page:${page.id}`}
                onSelect={() => run(page.run)}
                className={item}
              >
                {page.icon}
                {page.title}
                <span className="ml-auto text-2xs text-muted">{page.hint}</span>
              </Command.Item>
            ))}
          </Command.Group>
        )}
        {instruments.length > 0 && (
          <Command.Group
            heading={
              isChart
                ? t('Chart')
                : action
                  ? action === 'BUY'
                    ? t('Buy — opens the ticket')
                    : t('Sell — opens the ticket')
                  : t('Instruments')
            }
          >
            {instruments.map((instrument) => (
              <Command.Item
                key={`${instrument.exchange}:${instrument.symbol}`}
                value={`${instrument.exchange}:${instrument.symbol}`}
                onSelect={() =>
                  isChart
                    ? run(() => void navigate(chartPath(instrument)))
                    : trade(action ?? 'BUY', instrument)
                }
                className={item}
              >
                <span
                  className={cn(
                    'font-semibold',
                    isChart ? 'text-muted' : action === 'SELL' ? 'w-9 text-sell' : 'w-9 text-buy',
                  )}
                >
                  {isChart ? 'CHART' : (action ?? 'BUY')}
                </span>
                {quantity !== null && <span className="tabular-nums">{quantity}</span>}
                <span className="font-medium">{instrument.symbol}</span>
                <span className="text-2xs text-muted">{instrument.exchange}</span>
                {price !== null && <span className="tabular-nums">@ {price}</span>}
                <span className="ml-auto truncate text-muted text-xs">{instrument.name}</span>
              </Command.Item>
            ))}
          </Command.Group>
        )}
      </Command.List>
    </Command>
  );
}
