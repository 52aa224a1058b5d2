import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { Dialog } from '@/components/ui/dialog';
import { EmptyState, ErrorState, Skeleton, StaleNotice } from '@/components/ui/states';
import { type Step, timeLineQuery } from '@/features/orders/api/get-time-line';
import { statusWord } from '@/features/orders/components/order-columns';
import { cn } from '@/lib/cn';
import { formatPrice, formatQuantity } from '@/lib/format';
import type { Order } from '@/lib/orders/schema';
import { useBootstrap } from '@/lib/session/bootstrap';
import { t } from '@/messages/words';

const TITLES: Record<string, string> = {
  received: t('Signal received'),
  resumed: t('Taken up after approval'),
  routed: t('Desk chosen'),
  admitted: t('All checks passed'),
  journalled: t('Written to the journal'),
  sent: t('Sent to the broker'),
  answered: t('Accepted by the broker'),
  refused: t('Refused by the broker'),
  failed: t('Refused'),
  unknown: t('No answer: outcome unknown'),
  resolved: t('Outcome settled by evidence'),
  drift: t('The books differ, unexplained'),
  queued: t('Waiting for approval'),
  approved: t('Approved'),
  rejected: t('Rejected by its owner'),
  expired: t('Expired while waiting'),
  state: t('Broker reports'),
  fill: t('Filled'),
  final: t('Finished'),
  replayed: t('Repeat: first answer given again'),
};
const BAD = new Set(['refused', 'failed', 'unknown', 'rejected', 'expired', 'drift']);

function titleOf(step: Step): string {
  if (step.stage === 'checked') return t('Check: {{rule}}', { rule: (step.rule ?? '').replaceAll('_', ' ') });
  return TITLES[step.stage] ?? step.stage;
}

function detailOf(step: Step): string {
  const parts: (string | null | undefined | false)[] = [];
  if (step.stage === 'checked') {
    parts.push(step.passed ? t('passed') : t('failed'));
    if (step.value !== null && step.value !== undefined)
      parts.push(t('value {{value}}', { value: step.value }));
    if (step.limit !== null && step.limit !== undefined)
      parts.push(t('limit {{limit}}', { limit: step.limit }));
  } else if (step.stage === 'fill') {
    parts.push(
      t('{{quantity}} at {{price}}', {
        quantity: formatQuantity(step.quantity),
        price: formatPrice(step.price),
      }),
    );
  } else {
    parts.push(
      step.desk && t('{{desk}} desk', { desk: step.desk }),
      step.status && statusWord(step.status),
      step.outcome,
    );
    if (step.stage === 'state' && step.filled_quantity) {
      parts.push(t('{{quantity}} filled', { quantity: formatQuantity(step.filled_quantity) }));
    }
  }
  parts.push(
    step.source && t('by {{source}}', { source: step.source }),
    step.from && t('from the {{from}}', { from: step.from }),
  );
  parts.push(step.message, step.rejection_reason);
  return parts.filter(Boolean).join(' · ');
}

function isBad(step: Step): boolean {
  return BAD.has(step.stage) || step.passed === false || step.status === 'rejected';
}

function StepRow({ step, since }: { step: Step; since: number }) {
  const detail = detailOf(step);
  return (
    <li className="grid grid-cols-[5.5rem_1fr] gap-x-3 border-line border-b py-1.5 last:border-b-0">
      <time className="text-muted text-xs tabular-nums leading-5" dateTime={step.at}>
        {step.at.slice(11, 23)}
      </time>
      <div className="min-w-0">
        <span className={cn('font-medium', isBad(step) && 'text-down')}>{titleOf(step)}</span>
        <span className="ml-2 text-2xs text-muted tabular-nums">+{(step.at_ms - since).toFixed(1)} ms</span>
        {detail && <p className="break-words text-muted text-xs">{detail}</p>}
      </div>
    </li>
  );
}

function Steps({ order }: { order: Order }) {
  const query = useQuery(timeLineQuery(order.orderid));
  const isAdmin = useBootstrap().data?.user?.is_admin ?? false;
  const steps = query.data?.events;
  if (!steps) {
    return query.error ? (
      <ErrorState error={query.error} onRetry={() => void query.refetch()} isCompact />
    ) : (
      <div className="grid gap-2" role="status" aria-label={t('Loading the time line')}>
        {['a', 'b', 'c', 'd'].map((key) => (
          <Skeleton key={key} className="h-6" />
        ))}
      </div>
    );
  }
  const first = steps[0];
  const numbered = steps.map((step, place) => ({ step, key: `${place}/${step.stage}` }));
  if (!first) return <EmptyState title={t('Nothing is recorded about this order')} />;
  return (
    <>
      {query.error && <StaleNotice error={query.error} onRetry={() => void query.refetch()} />}
      {query.data && query.data.request_ids.length > 0 && (
        <p className="border-line border-b pb-1.5 text-muted text-xs">
          {t('Requests:')}{' '}
          {query.data.request_ids.map((id) => (
            <Link
              key={id}
              to={`/${isAdmin ? 'traffic' : 'logs'}?request=${id}`}
              className="mr-2 break-all underline"
            >
              {id}
            </Link>
          ))}
        </p>
      )}
      <ol aria-label={t('Time line')}>
        {numbered.map(({ step, key }) => (
          <StepRow key={key} step={step} since={first.at_ms} />
        ))}
      </ol>
    </>
  );
}

/** Everything that happened to one order, from the signal to its last fill. */
export function TimeLineDialog({ order, onClose }: { order: Order; onClose: () => void }) {
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('Time line: {{action}} {{symbol}}', { action: order.action, symbol: order.symbol })}
      description={t('Order {{orderid}} · times in IST', { orderid: order.orderid })}
      className="top-0 right-0 left-auto h-dvh max-h-dvh translate-x-0 translate-y-0 rounded-none"
    >
      <Steps order={order} />
    </Dialog>
  );
}
