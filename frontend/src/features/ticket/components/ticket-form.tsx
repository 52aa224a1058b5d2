import { type FormEvent, type KeyboardEvent, useEffect, useEffectEvent, useRef } from 'react';
import { OptionPickButton } from '@/components/market/option-pick-button';
import { LiveConsentBox } from '@/components/order-form/live-consent-box';
import { OrderFields } from '@/components/order-form/order-fields';
import { SubmitError } from '@/components/order-form/submit-error';
import { Button } from '@/components/ui/button';
import { Segmented } from '@/components/ui/segmented';
import { ErrorState, Skeleton } from '@/components/ui/states';
import { QuoteStrip } from '@/features/ticket/components/quote-strip';
import { TicketCosts } from '@/features/ticket/components/ticket-costs';
import { TicketExits } from '@/features/ticket/components/ticket-exits';
import { useTicketForm } from '@/features/ticket/hooks/use-ticket-form';
import { cn } from '@/lib/cn';
import { useQuoteSnapshot } from '@/lib/instruments/queries';
import { isTradable } from '@/lib/instruments/schema';
import { hasModifier } from '@/lib/keyboard';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import { parseTyped } from '@/lib/numbers';
import { roundToTick } from '@/lib/orders/rules';
import { needsPrice } from '@/lib/orders/schema';
import { useSession } from '@/lib/session/bootstrap';
import { useStakes } from '@/lib/session/stakes';
import { t } from '@/messages/words';
import { useConnection } from '@/stores/connection';
import { openTicket, type TicketRequest } from '@/stores/ticket';

interface TicketFormProps {
  request: TicketRequest;
  of: InstrumentRef;
  /** Takes the focus when it opens. */
  isFocused?: boolean;
  /** Stands beside a ladder: shows the touch alone. */
  isCompact?: boolean;
  onActionChange: (action: 'BUY' | 'SELL') => void;
  onPlaced: () => void;
}

type Ticket = ReturnType<typeof useTicketForm>;

export function TicketForm({ request, of, isFocused, isCompact, onActionChange, onPlaced }: TicketFormProps) {
  const ticket = useTicketForm(request, of, onPlaced);
  const { values, errors, change, instrument, terms } = ticket;
  const tickSize = instrument?.tick_size ?? null;
  const quantity = useRef<HTMLInputElement>(null);
  const refs = useRef([of]);
  useQuoteSnapshot(refs.current, true);
  useEffect(() => {
    if (isFocused) quantity.current?.focus();
  }, [isFocused]);
  const tellAction = useEffectEvent(onActionChange);
  useEffect(() => tellAction(values.action), [values.action]);

  if (!isTradable(of.exchange)) {
    return (
      <div className="grid justify-items-start gap-3 p-4 text-muted">
        <p>
          {t('{{symbol}} is an index: it has prices but cannot be traded. Choose its future or option.', {
            symbol: of.symbol,
          })}
        </p>
        <OptionPickButton
          first={{ underlying: of.symbol, exchange: of.exchange }}
          submitLabel={t('Trade this option')}
          onPick={({ symbol, exchange }) => openTicket({ ...request, symbol, exchange })}
        />
      </div>
    );
  }
  if (ticket.error) return <ErrorState error={ticket.error} />;
  if (terms && terms.products.length === 0)
    return (
      <p className="p-4 text-muted">
        {t('Your broker takes no orders on {{exchange}}.', { exchange: of.exchange })}
      </p>
    );

  const submit = (event: FormEvent) => {
    event.preventDefault();
    ticket.submit();
  };
  return (
    <form onSubmit={submit} onKeyDown={(event) => turn(event, ticket, tickSize)} noValidate>
      <QuoteStrip of={of} tickSize={tickSize} isCompact={isCompact} onPick={ticket.pick} />
      <div className="grid gap-2.5 p-3">
        <SideAndProduct ticket={ticket} />
        <OrderFields
          values={values}
          errors={errors}
          instrument={instrument}
          ltp={ticket.ltp}
          onChange={change}
          quantityRef={quantity}
          priceTypes={terms?.price_types}
          canSplit
        />
        <p className="text-muted text-xs">
          {t('Validity')} <span className="text-text">{terms?.validities.join(', ') ?? '…'}</span>
        </p>
        <TicketExits
          values={ticket.exits}
          errors={errors}
          action={values.action}
          entry={needsPrice(values.pricetype) ? parseTyped(values.price) : ticket.ltp}
          tickSize={tickSize}
          onChange={ticket.changeExits}
        />
        {ticket.consent.isNeeded && (
          <LiveConsentBox
            text={ticket.consent.text}
            error={errors.consent?.[0]}
            onChange={ticket.consent.type}
          />
        )}
        <SubmitError error={ticket.failure} />
        <TicketCosts
          symbol={of.symbol}
          draft={ticket.soundDraft}
          isMarginKnown={terms?.margin_known ?? true}
        />
        <PlaceButton ticket={ticket} isAlwaysInView={isCompact} />
      </div>
    </form>
  );
}

/** B and S turn the side while a figure is typed, where no letter belongs; with Shift at the touch. */
function turn(event: KeyboardEvent, ticket: Ticket, tickSize: number | null): void {
  const action = ({ b: 'BUY', s: 'SELL' } as const)[event.key.toLowerCase() as 'b' | 's'];
  const isFigure = event.target instanceof HTMLInputElement && event.target.inputMode === 'decimal';
  if (!action || !isFigure || hasModifier(event.nativeEvent)) return;
  event.preventDefault();
  const touch = action === ticket.values.action ? ticket.touch : ticket.otherTouch;
  ticket.change({
    action,
    ...(event.shiftKey && touch !== null && { pricetype: 'LIMIT', price: roundToTick(touch, tickSize) }),
  });
}

function SideAndProduct({ ticket }: { ticket: Ticket }) {
  const { values, errors, change, terms } = ticket;
  return (
    <>
      <div className="grid grid-cols-2 gap-3">
        <Segmented
          label={t('Side')}
          value={values.action}
          options={[
            { value: 'BUY', label: t('Buy') },
            { value: 'SELL', label: t('Sell') },
          ]}
          onChange={(action) => change({ action })}
          className={
            values.action === 'SELL'
              ? '[&_[data-state=checked]]:bg-sell-fill [&_[data-state=checked]]:text-white'
              : '[&_[data-state=checked]]:bg-buy-fill [&_[data-state=checked]]:text-white'
          }
        />
        {terms ? (
          <Segmented
            label={t('Product')}
            value={values.product}
            options={terms.products.map((product) => ({ value: product, label: product }))}
            onChange={(product) => change({ product })}
          />
        ) : (
          <Skeleton className="h-8 max-md:h-10" />
        )}
      </div>
      {errors.product?.[0] && (
        <p role="alert" className="text-down text-xs">
          {errors.product[0]}
        </p>
      )}
    </>
  );
}

function PlaceButton({ ticket, isAlwaysInView }: { ticket: Ticket; isAlwaysInView?: boolean }) {
  const { values, parts } = ticket;
  const { account } = useSession();
  const { word } = useStakes();
  const isOnline = useConnection((state) => state.isOnline);
  const isConnected = account?.session.state === 'valid';
  return (
    <div
      className={cn(
        'grid gap-1.5',
        isAlwaysInView && 'sticky bottom-0 -mx-3 -mb-3 border-line border-t bg-panel px-3 py-2',
      )}
    >
      <Button
        type="submit"
        size="lg"
        variant={values.action === 'SELL' ? 'sell' : 'buy'}
        isBusy={ticket.isPlacing}
        disabled={!isOnline || !isConnected || !ticket.terms}
        className="w-full font-semibold"
      >
        {t('Place {{stakes}} {{action}}', { stakes: word, action: values.action })}
        {parts > 1 && ` ${t('in {{count}} orders', { count: parts, one: 'in one order' })}`}
      </Button>
      {!isConnected && (
        <p className="text-warn text-xs">{t('No connected broker account: connect one first.')}</p>
      )}
    </div>
  );
}
