import { PanelLeft, X } from 'lucide-react';
import { type KeyboardEvent, useDeferredValue, useState } from 'react';
import { OptionPickButton } from '@/components/market/option-pick-button';
import { SymbolPicker } from '@/components/market/symbol-picker';
import { TicketForm } from '@/features/ticket/components/ticket-form';
import { HeaderButton, TicketHeader } from '@/features/ticket/components/ticket-header';
import { useDraggable } from '@/features/ticket/hooks/use-draggable';
import { useFocusReturn } from '@/features/ticket/hooks/use-focus-return';
import { cn } from '@/lib/cn';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import { useStakes } from '@/lib/session/stakes';
import { t } from '@/messages/words';
import { refOf, type TicketRequest, useTicket } from '@/stores/ticket';

/**
 * The order ticket of the desk: one, reachable from every list and page, never modal, so prices stay in sight. Where a
 * page has a panel for it, nothing floats.
 */
export function OrderTicket() {
  const request = useTicket((state) => state.request);
  const opening = useTicket((state) => state.opening);
  const isDocked = useTicket((state) => state.isDocked);
  return request && !isDocked ? <TicketPanel key={opening} request={request} /> : null;
}

function TicketPanel({ request }: { request: TicketRequest }) {
  const close = useTicket((state) => state.close);
  const open = useTicket((state) => state.open);
  const [action, setAction] = useState(request.action);
  const [isLeft, setIsLeft] = useState(false);
  const { panel, handle, reset } = useDraggable<HTMLDivElement>();
  const { kind } = useStakes();
  useFocusReturn();
  // The panel answers the key at once; its form, the dearest thing of the desk, is drawn in the frames after.
  const isFilled = useDeferredValue(true, false);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    event.stopPropagation();
    close();
  };
  const of = refOf(request);
  const choose = ({ symbol, exchange }: InstrumentRef) => open({ ...request, symbol, exchange });
  return (
    <div
      ref={panel}
      role="dialog"
      aria-modal="false"
      aria-label={of ? t('Order ticket {{symbol}}', { symbol: of.symbol }) : t('Order ticket')}
      onKeyDown={onKeyDown}
      className={cn(
        'fixed z-40 flex max-h-[calc(100dvh-5rem)] flex-col border bg-panel shadow-[var(--shadow)]',
        kind === 'live' ? 'border-2 border-live' : 'border-line-strong',
        'md:bottom-9 md:w-[22.5rem] md:rounded-md',
        'max-md:inset-x-0 max-md:bottom-0 max-md:max-h-[94dvh] max-md:rounded-t-xl max-md:pb-[env(safe-area-inset-bottom)]',
        isLeft ? 'md:left-16' : 'md:right-4',
      )}
    >
      <TicketHeader
        {...handle}
        isHandle
        of={of}
        action={action}
        className="min-h-10 touch-none md:cursor-move md:rounded-t-[5px] max-md:rounded-t-xl"
      >
        <HeaderButton
          label={isLeft ? t('Move ticket to the right') : t('Move ticket to the left')}
          className="max-md:hidden"
          onClick={() => {
            setIsLeft(!isLeft);
            reset();
          }}
        >
          <PanelLeft />
        </HeaderButton>
        <HeaderButton label={t('Close order ticket')} onClick={close}>
          <X />
        </HeaderButton>
      </TicketHeader>
      <div className="min-h-0 flex-1 overflow-auto">
        {of && !isFilled ? (
          <div aria-hidden className="h-96" />
        ) : of ? (
          <TicketForm request={request} of={of} isFocused onActionChange={setAction} onPlaced={close} />
        ) : (
          <div className="grid h-80 content-start gap-2 p-3">
            <SymbolPicker
              autoFocus
              label={t('Instrument to trade')}
              placeholder={t('Symbol, e.g. NIFTY 25000 CE')}
              onPick={choose}
            />
            <OptionPickButton
              className="justify-self-start"
              submitLabel={t('Trade this option')}
              onPick={choose}
            />
          </div>
        )}
      </div>
    </div>
  );
}
