import { type FormEvent, useEffect, useRef } from 'react';
import { LiveConsentBox } from '@/components/order-form/live-consent-box';
import { OrderFields } from '@/components/order-form/order-fields';
import { SubmitError } from '@/components/order-form/submit-error';
import { Button } from '@/components/ui/button';
import { Segmented } from '@/components/ui/segmented';
import { ErrorState } from '@/components/ui/states';
import { useMargin } from '@/features/ticket/api/get-margin';
import { QuoteStrip } from '@/features/ticket/components/quote-strip';
import { useTicketForm } from '@/features/ticket/hooks/use-ticket-form';
import { formatMoney } from '@/lib/format';
import { useQuoteSnapshot } from '@/lib/instruments/queries';
import { isTradable, productsOf } from '@/lib/instruments/schema';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import { roundToTick } from '@/lib/orders/rules';
import { useSession } from '@/lib/session/bootstrap';
import { useStakes } from '@/lib/session/stakes';
import { useConnection } from '@/stores/connection';
import type { TicketRequest } from '@/stores/ticket';

interface TicketFormProps {
  request: TicketRequest;
  of: InstrumentRef;
  onActionChange: (action: 'BUY' | 'SELL') => void;
}

export function TicketForm({ request, of, onActionChange }: TicketFormProps) {
  const ticket = useTicketForm(request, of);
  const { values, errors, change, instrument } = ticket;
  const { account } = useSession();
  const { word } = useStakes();
  const isOnline = useConnection((state) => state.isOnline);
  const quantity = useRef<HTMLInputElement>(null);
  const refs = useRef([of]);
  useQuoteSnapshot(refs.current, true);
  useEffect(() => quantity.current?.focus(), []);

  if (!isTradable(of.exchange)) {
    return (
      <p className="p-4 text-muted">
        {of.symbol} is an index: it has prices but cannot be traded. Choose its future or option.
      </p>
    );
  }
  if (ticket.instrumentError) return <ErrorState error={ticket.instrumentError} />;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    ticket.submit();
  };
  const isSell = values.action === 'SELL';
  return (
    <form onSubmit={submit} noValidate>
      <QuoteStrip
        of={of}
        tickSize={instrument?.tick_size ?? null}
        onPick={(price) =>
          change({
            pricetype: values.pricetype === 'SL' ? 'SL' : 'LIMIT',
            price: roundToTick(price, instrument?.tick_size),
          })
        }
      />
      <div className="grid gap-3 p-3">
        <div className="grid grid-cols-2 gap-3">
          <Segmented
            label="Side"
            value={values.action}
            options={[
              { value: 'BUY', label: 'Buy' },
              { value: 'SELL', label: 'Sell' },
            ]}
            onChange={(action) => {
              change({ action });
              onActionChange(action);
            }}
            className={
              isSell
                ? '[&_[data-state=checked]]:bg-sell-fill [&_[data-state=checked]]:text-white'
                : '[&_[data-state=checked]]:bg-buy-fill [&_[data-state=checked]]:text-white'
            }
          />
          <Segmented
            label="Product"
            value={values.product}
            options={productsOf(of.exchange).map((product) => ({ value: product, label: product }))}
            onChange={(product) => change({ product })}
          />
        </div>
        {errors.product?.[0] && (
          <p role="alert" className="text-down text-xs">
            Product {errors.product[0]}
          </p>
        )}
        <OrderFields
          values={values}
          errors={errors}
          instrument={instrument}
          ltp={ticket.ltp}
          onChange={change}
          quantityRef={quantity}
        />
        {ticket.consent.isNeeded && (
          <LiveConsentBox
            text={ticket.consent.text}
            error={errors.consent?.[0]}
            onChange={ticket.consent.type}
          />
        )}
        <SubmitError error={ticket.failure} />
        <Margin symbol={of.symbol} draft={ticket.soundDraft} />
        <Button
          type="submit"
          size="lg"
          variant={isSell ? 'sell' : 'buy'}
          isBusy={ticket.isPlacing}
          disabled={!isOnline || account?.session.state !== 'valid'}
          className="w-full font-semibold"
        >
          Place {word} {values.action}
        </Button>
        {account?.session.state !== 'valid' && (
          <p className="text-warn text-xs">No connected broker account: connect one first.</p>
        )}
      </div>
    </form>
  );
}

function Margin({ symbol, draft }: { symbol: string; draft: Parameters<typeof useMargin>[1] }) {
  const { data, error } = useMargin(symbol, draft);
  return (
    <p className="flex justify-between text-xs">
      <span className="text-muted">Margin needed</span>
      <span className="tabular-nums">
        {draft && error ? 'not available' : formatMoney(draft ? data?.total_margin_required : null)}
      </span>
    </p>
  );
}
