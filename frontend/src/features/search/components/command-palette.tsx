import { useQuery } from '@tanstack/react-query';
import { Command } from 'cmdk';
import {
  type KeyboardEvent,
  memo,
  type ReactNode,
  type RefObject,
  startTransition,
  useEffect,
  useEffectEvent,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { createPortal } from 'react-dom';
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

/** By then the page has its figures. */
const READY_AFTER_MS = 2500;

const item =
  'flex min-h-9 cursor-pointer select-none items-center gap-2 rounded px-2 data-[selected=true]:bg-hover [&_svg]:size-4 [&_svg]:text-muted';

function matches(action: PaletteAction, terms: string): boolean {
  const text = `${action.title} ${action.words ?? ''}`.toLowerCase();
  return terms
    .toLowerCase()
    .split(' ')
    .every((word) => text.includes(word));
}

/** Whether the palette stands ready: drawn when the desk has time, or when it is first asked for. */
function useIsReady(isOpen: boolean): boolean {
  const [isReady, setIsReady] = useState(isOpen);
  useEffect(() => {
    if (isReady) return;
    const timer = setTimeout(() => startTransition(() => setIsReady(true)), READY_AFTER_MS);
    return () => clearTimeout(timer);
  }, [isReady]);
  return isReady || isOpen;
}

/**
 * Ctrl K: pages, instruments, and "buy 75 nifty 24000ce" straight into the ticket. It is drawn once and then shown and
 * hidden; the box to type in is its only stop, so the focus cannot leave it.
 */
export function CommandPalette({ isOpen, onClose, actions }: CommandPaletteProps) {
  const isReady = useIsReady(isOpen);
  // Each opening finds an empty box and the first page chosen; that is drawn when the palette has gone.
  const [opening, setOpening] = useState(0);
  const box = useRef<HTMLInputElement>(null);
  useFocusIn(box, isOpen, () => startTransition(() => setOpening((count) => count + 1)));
  if (!isReady) return null;
  return createPortal(
    <div hidden={!isOpen}>
      <button
        type="button"
        tabIndex={-1}
        aria-label={t('Close')}
        className="fixed inset-0 z-50 cursor-default bg-black/50"
        onClick={onClose}
      />
      <div
        role="dialog"
        aria-modal="true"
        aria-label={t('Command palette')}
        data-modal={isOpen}
        className="fixed top-[12dvh] left-1/2 z-50 w-[min(40rem,calc(100vw-1.5rem))] -translate-x-1/2 overflow-hidden rounded-md border border-line-strong bg-panel shadow-[var(--shadow)]"
      >
        <PaletteBody key={opening} box={box} actions={actions} onClose={onClose} />
      </div>
    </div>,
    document.body,
  );
}

/** The focus is in the box while the palette is open, and goes back where it was. */
function useFocusIn(box: RefObject<HTMLInputElement | null>, isOpen: boolean, onOver: () => void): void {
  const over = useEffectEvent(onOver);
  useLayoutEffect(() => {
    if (!isOpen) return;
    const before = document.activeElement;
    box.current?.focus({ preventScroll: true });
    return () => {
      over();
      // What was chosen may have taken the focus already.
      if (
        before instanceof HTMLElement &&
        [box.current, document.body].includes(document.activeElement as never)
      )
        before.focus({ preventScroll: true });
    };
  }, [box, isOpen]);
}

interface BodyProps extends Omit<CommandPaletteProps, 'isOpen'> {
  box: RefObject<HTMLInputElement | null>;
}

/** Showing and hiding draws nothing of it anew. */
const PaletteBody = memo(function PaletteBody({ box, actions, onClose }: BodyProps) {
  const [text, setText] = useState('');
  const { action, quantity, price, isChart, terms } = readPalette(text);
  const navigate = useNavigate();
  const { data, isFetching } = useQuery(searchQuery({ q: useDebounced(terms, 100), limit: 20 }));
  const instruments =
    terms.length >= 2 ? (data ?? []).filter((one) => isChart || isTradable(one.exchange)) : [];
  const pages = action || isChart ? [] : actions.filter((one) => matches(one, terms));
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Tab') event.preventDefault();
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    onClose();
  };
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
    <Command shouldFilter={false} loop label={t('Command palette')} onKeyDown={onKeyDown}>
      <Command.Input
        ref={box}
        value={text}
        onValueChange={setText}
        placeholder={t('Go to a page, find a symbol, or: buy 75 nifty 25000 ce')}
        className="h-12 w-full border-line border-b bg-transparent px-4 text-base outline-none placeholder:text-muted"
      />
      <Command.List className="max-h-[min(26rem,60dvh)] overflow-auto p-1.5 [&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-2xs [&_[cmdk-group-heading]]:text-muted">
        <Command.Empty className="px-2 py-6 text-center text-muted">
          {isFetching ? t('Searching…') : t('Nothing found. Try a symbol or a page name.')}
        </Command.Empty>
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
});
