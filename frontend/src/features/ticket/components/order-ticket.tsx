import { GripHorizontal, PanelLeft, X } from 'lucide-react';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { StakesBadge } from '@/components/market/stakes-badge';
import { SymbolPicker } from '@/components/market/symbol-picker';
import { Button } from '@/components/ui/button';
import { TicketForm } from '@/features/ticket/components/ticket-form';
import { useDraggable } from '@/features/ticket/hooks/use-draggable';
import { cn } from '@/lib/cn';
import { useStakes } from '@/lib/session/stakes';
import { type TicketRequest, useTicket } from '@/stores/ticket';

/** The order ticket of the desk: one, reachable from every list and page, never modal, so prices stay in sight. */
export function OrderTicket() {
  const request = useTicket((state) => state.request);
  const opening = useTicket((state) => state.opening);
  return request ? <TicketPanel key={opening} request={request} /> : null;
}

/** Gives the focus back to the row the ticket was opened from. */
function useFocusReturn() {
  const before = useRef<Element | null>(document.activeElement);
  useEffect(() => {
    const target = before.current;
    return () => {
      if (target instanceof HTMLElement && target.isConnected) target.focus({ preventScroll: true });
    };
  }, []);
}

function TicketPanel({ request }: { request: TicketRequest }) {
  const close = useTicket((state) => state.close);
  const open = useTicket((state) => state.open);
  const [action, setAction] = useState(request.action);
  const [isLeft, setIsLeft] = useState(false);
  const { panel, handle, reset } = useDraggable<HTMLDivElement>();
  const { kind } = useStakes();
  useFocusReturn();

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    event.stopPropagation();
    close();
  };
  const of =
    request.symbol && request.exchange ? { symbol: request.symbol, exchange: request.exchange } : null;
  return (
    <div
      ref={panel}
      role="dialog"
      aria-modal="false"
      aria-label={of ? `Order ticket ${of.symbol}` : 'Order ticket'}
      onKeyDown={onKeyDown}
      className={cn(
        'fixed z-40 flex max-h-[calc(100dvh-5rem)] flex-col border bg-panel shadow-[var(--shadow)]',
        kind === 'live' ? 'border-2 border-live' : 'border-line-strong',
        'md:bottom-9 md:w-[22.5rem] md:rounded-md',
        'max-md:inset-x-0 max-md:bottom-0 max-md:max-h-[94dvh] max-md:rounded-t-xl max-md:pb-[env(safe-area-inset-bottom)]',
        isLeft ? 'md:left-16' : 'md:right-4',
      )}
    >
      <div
        {...handle}
        className={cn(
          'flex min-h-10 touch-none items-center gap-2 px-3 text-white md:cursor-move md:rounded-t-[5px] max-md:rounded-t-xl',
          action === 'BUY' ? 'bg-buy-fill' : 'bg-sell-fill',
        )}
      >
        <GripHorizontal className="size-4 shrink-0 max-md:hidden" aria-hidden />
        <h2 className="min-w-0 flex-1 truncate font-semibold">
          {of ? (
            <>
              {of.symbol} <span className="font-normal text-2xs">{of.exchange}</span>
            </>
          ) : (
            'New order'
          )}
        </h2>
        <StakesBadge />
        <HeaderButton
          label={isLeft ? 'Move ticket to the right' : 'Move ticket to the left'}
          className="max-md:hidden"
          onClick={() => {
            setIsLeft(!isLeft);
            reset();
          }}
        >
          <PanelLeft />
        </HeaderButton>
        <HeaderButton label="Close order ticket" onClick={close}>
          <X />
        </HeaderButton>
      </div>
      <div className="min-h-0 flex-1 overflow-auto">
        {of ? (
          <TicketForm request={request} of={of} onActionChange={setAction} />
        ) : (
          <div className="h-80 p-3">
            <SymbolPicker
              autoFocus
              label="Instrument to trade"
              placeholder="Symbol, e.g. NIFTY 25000 CE"
              onPick={({ symbol, exchange }) => open({ ...request, symbol, exchange })}
            />
          </div>
        )}
      </div>
    </div>
  );
}

interface HeaderButtonProps {
  label: string;
  onClick: () => void;
  className?: string;
  children: React.ReactNode;
}

function HeaderButton({ label, onClick, className, children }: HeaderButtonProps) {
  return (
    <Button
      size="iconXs"
      variant="ghost"
      aria-label={label}
      onClick={onClick}
      className={cn('text-white hover:bg-black/25 hover:text-white max-md:size-9', className)}
    >
      {children}
    </Button>
  );
}
