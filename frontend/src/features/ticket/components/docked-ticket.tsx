import { type KeyboardEvent, useEffect, useState } from 'react';
import { OptionPickButton } from '@/components/market/option-pick-button';
import { EmptyState } from '@/components/ui/states';
import { TicketForm } from '@/features/ticket/components/ticket-form';
import { TicketHeader } from '@/features/ticket/components/ticket-header';
import { useFocusReturn } from '@/features/ticket/hooks/use-focus-return';
import { cn } from '@/lib/cn';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import { useStakes } from '@/lib/session/stakes';
import { t } from '@/messages/words';
import { openTicket, refOf, type TicketRequest, useTicket } from '@/stores/ticket';

/**
 * The ticket in a panel of its own: always there for the instrument that is looked at. B and S bring the focus into
 * it; when the order is out or Esc was pressed, the focus goes back to where it came from.
 */
export function DockedTicket({ of }: { of: InstrumentRef | null }) {
  const request = useTicket((state) => state.request);
  const opening = useTicket((state) => state.opening);
  const close = useTicket((state) => state.close);
  const [placed, setPlaced] = useState(0);
  useEffect(() => {
    useTicket.setState({ isDocked: true });
    return () => void useTicket.setState({ isDocked: false });
  }, []);
  const asked = request && refOf(request);
  const shown = asked ?? of;
  if (!shown)
    return (
      <EmptyState
        title={t('No instrument chosen')}
        hint={t('Choose one in the watchlist, or press Ctrl K to find one.')}
        action={
          <OptionPickButton
            submitLabel={t('Trade this option')}
            onPick={({ symbol, exchange }) => openTicket({ symbol, exchange, action: 'BUY' })}
          />
        }
      />
    );
  return (
    <DockedForm
      key={`${asked ? opening : 'idle'}:${placed}:${shown.exchange}:${shown.symbol}`}
      of={shown}
      request={asked ? request : { ...shown, action: 'BUY' }}
      isAsked={asked !== null}
      onLeave={close}
      onPlaced={() => {
        close();
        setPlaced((count) => count + 1);
      }}
    />
  );
}

interface DockedFormProps {
  of: InstrumentRef;
  request: TicketRequest;
  /** Somebody pressed B or S; otherwise the form only stands ready. */
  isAsked: boolean;
  onLeave: () => void;
  onPlaced: () => void;
}

function DockedForm({ of, request, isAsked, onLeave, onPlaced }: DockedFormProps) {
  const [action, setAction] = useState(request.action);
  const { kind } = useStakes();
  useFocusReturn(isAsked);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    event.stopPropagation();
    if (isAsked) onLeave();
    else if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  };
  return (
    <section
      aria-label={t('Order ticket {{symbol}}', { symbol: of.symbol })}
      onKeyDown={onKeyDown}
      className={cn('flex min-h-0 flex-1 flex-col', kind === 'live' && 'border-2 border-live')}
    >
      <TicketHeader of={of} action={action} />
      <div className="min-h-0 flex-1 overflow-auto">
        <TicketForm
          request={request}
          of={of}
          isCompact
          isFocused={isAsked}
          onActionChange={setAction}
          onPlaced={onPlaced}
        />
      </div>
    </section>
  );
}
