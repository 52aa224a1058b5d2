import { LiveConsentBox } from '@/components/order-form/live-consent-box';
import { SubmitError } from '@/components/order-form/submit-error';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import type { LegResult } from '@/features/basket/api/send';
import { useSendBasketForm } from '@/features/basket/hooks/use-send-basket-form';
import { sendingOrder, unitsOf } from '@/features/basket/model/legs';
import { cn } from '@/lib/cn';
import { formatQuantity } from '@/lib/format';
import { useStakes } from '@/lib/session/stakes';
import { t } from '@/messages/words';
import type { BasketLeg } from '@/stores/basket';
import { useConnection } from '@/stores/connection';

interface SendDialogProps {
  legs: readonly BasketLeg[];
  onClose: () => void;
  /** The basket was sent and is not needed any more. */
  onClear: () => void;
}

/** Asks once for the whole basket, then shows what became of every leg. */
export function SendDialog({ legs, onClose, onClear }: SendDialogProps) {
  const form = useSendBasketForm(legs);
  const { kind, word, meaning } = useStakes();
  const isOnline = useConnection((state) => state.isOnline);
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={
        form.results
          ? t('What became of the basket')
          : t('Send {{count}} orders?', { count: legs.length, one: 'Send {{count}} order?' })
      }
      description={form.results ? undefined : t('{{meaning}}. Buys leave first.', { meaning })}
      className={cn('w-[min(44rem,calc(100vw-1.5rem))]', kind === 'live' && 'border-2 border-live')}
    >
      {form.results ? (
        <Results legs={legs} results={form.results} />
      ) : (
        <Planned legs={legs} complaints={form.complaints} />
      )}
      {!form.results && (
        <div className="mt-3 grid gap-3">
          <label className="flex cursor-pointer items-start gap-2">
            <input
              type="checkbox"
              checked={form.allOrNone}
              onChange={(event) => form.setAllOrNone(event.target.checked)}
              className="mt-1 size-4 accent-[var(--accent)]"
            />
            <span>
              {t('All or none')}
              <span className="block text-muted text-xs">
                {t('When one order is refused, the others are withdrawn or traded back at market.')}
              </span>
            </span>
          </label>
          {form.consent.isNeeded && (
            <LiveConsentBox
              text={form.consent.text}
              error={form.consent.error}
              onChange={form.consent.type}
            />
          )}
          <SubmitError error={form.failure} />
        </div>
      )}
      {/* What follows a sending stands elsewhere: a second click must not meet it. */}
      <div className={cn('mt-4 flex gap-2', form.results ? 'justify-start' : 'justify-end')}>
        {form.results ? (
          <>
            <Button key="keep" onClick={onClose}>
              {t('Keep the basket')}
            </Button>
            <Button key="clear" onClick={onClear}>
              {t('Clear the basket')}
            </Button>
          </>
        ) : (
          <>
            <Button onClick={onClose}>{t('Not now')}</Button>
            <Button variant="danger" isBusy={form.isSending} disabled={!isOnline} onClick={form.send}>
              {t('Send {{word}} basket', { word })}
            </Button>
          </>
        )}
      </div>
    </Dialog>
  );
}

function LegText({ leg }: { leg: BasketLeg }) {
  return (
    <span className="tabular-nums">
      <span className={cn('font-semibold', leg.action === 'BUY' ? 'text-buy' : 'text-sell')}>
        {leg.action}
      </span>{' '}
      {formatQuantity(unitsOf(leg))} {leg.symbol}
      <span className="text-muted">
        {' '}
        {leg.pricetype}
        {leg.price && ` ${leg.price}`} {leg.product}
      </span>
    </span>
  );
}

function Planned({
  legs,
  complaints,
}: {
  legs: readonly BasketLeg[];
  complaints: ReadonlyMap<number, string[]>;
}) {
  return (
    <ol aria-label={t('Orders to send')} className="rounded border border-line">
      {sendingOrder(legs).map((leg) => (
        <li key={leg.id} className="border-line border-b px-3 py-1.5 last:border-b-0">
          <LegText leg={leg} />
          {complaints.get(legs.indexOf(leg))?.map((text) => (
            <p key={text} role="alert" className="text-down text-xs">
              {text}
            </p>
          ))}
        </li>
      ))}
    </ol>
  );
}

/** `OUTCOME_UNKNOWN` may be live at the exchange: it is never called failed. */
function outcomeOf({ status, code }: LegResult): { word: string; tone: string } {
  if (status === 'success') return { word: t('Sent'), tone: 'text-up' };
  if (code === 'OUTCOME_UNKNOWN') return { word: t('Not known'), tone: 'text-warn' };
  if (code === 'ROLLED_BACK') return { word: t('Undone'), tone: 'text-warn' };
  return { word: t('Refused'), tone: 'text-down' };
}

function Results({ legs, results }: { legs: readonly BasketLeg[]; results: readonly LegResult[] }) {
  return (
    <div className="overflow-x-auto rounded border border-line">
      <table aria-label={t('Results')} className="w-full text-sm">
        <thead>
          <tr className="text-left text-muted text-xs">
            <th scope="col" className="px-3 py-1 font-medium">
              {t('Order')}
            </th>
            <th scope="col" className="px-3 py-1 font-medium">
              {t('Outcome')}
            </th>
          </tr>
        </thead>
        <tbody>
          {results.map((result) => {
            const leg = legs[result.index];
            const { word, tone } = outcomeOf(result);
            return (
              <tr key={result.index} className="border-line border-t align-top">
                <td className="px-3 py-1.5">{leg ? <LegText leg={leg} /> : result.symbol}</td>
                <td className="px-3 py-1.5">
                  <span className={cn('font-semibold', tone)}>{word}</span>
                  <span className="block text-muted text-xs">{result.orderid ?? result.message}</span>
                  {result.orderid && result.message && (
                    <span className="block text-muted text-xs">{result.message}</span>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
