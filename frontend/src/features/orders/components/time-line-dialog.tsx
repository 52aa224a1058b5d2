import { useQuery } from '@tanstack/react-query';
import { Dialog } from '@/components/ui/dialog';
import { EmptyState, ErrorState, Skeleton, StaleNotice } from '@/components/ui/states';
import { type Step, timeLineQuery } from '@/features/orders/api/get-time-line';
import { cn } from '@/lib/cn';
import { formatPrice, formatQuantity } from '@/lib/format';
import type { Order } from '@/lib/orders/schema';

const TITLES: Record<string, string> = {
  received: 'Signal received',
  resumed: 'Taken up after approval',
  routed: 'Desk chosen',
  admitted: 'All checks passed',
  journalled: 'Written to the journal',
  sent: 'Sent to the broker',
  answered: 'Accepted by the broker',
  refused: 'Refused by the broker',
  failed: 'Refused',
  unknown: 'No answer: outcome unknown',
  resolved: 'Outcome settled by evidence',
  drift: 'The books differ, unexplained',
  queued: 'Waiting for approval',
  approved: 'Approved',
  rejected: 'Rejected by its owner',
  expired: 'Expired while waiting',
  state: 'Broker reports',
  fill: 'Filled',
  final: 'Finished',
  replayed: 'Repeat: first answer given again',
};
const BAD = new Set(['refused', 'failed', 'unknown', 'rejected', 'expired', 'drift']);

function titleOf(step: Step): string {
  if (step.stage === 'checked') return `Check: ${(step.rule ?? '').replaceAll('_', ' ')}`;
  return TITLES[step.stage] ?? step.stage;
}

function detailOf(step: Step): string {
  const parts: (string | null | undefined | false)[] = [];
  if (step.stage === 'checked') {
    parts.push(step.passed ? 'passed' : 'failed');
    if (step.value !== null && step.value !== undefined) parts.push(`value ${step.value}`);
    if (step.limit !== null && step.limit !== undefined) parts.push(`limit ${step.limit}`);
  } else if (step.stage === 'fill') {
    parts.push(`${formatQuantity(step.quantity)} at ${formatPrice(step.price)}`);
  } else {
    parts.push(step.desk && `${step.desk} desk`, step.status, step.outcome);
    if (step.stage === 'state' && step.filled_quantity) {
      parts.push(`${formatQuantity(step.filled_quantity)} filled`);
    }
  }
  parts.push(step.source && `by ${step.source}`, step.from && `from the ${step.from}`);
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
  const steps = query.data?.events;
  if (!steps) {
    return query.error ? (
      <ErrorState error={query.error} onRetry={() => void query.refetch()} isCompact />
    ) : (
      <div className="grid gap-2" role="status" aria-label="Loading the time line">
        {['a', 'b', 'c', 'd'].map((key) => (
          <Skeleton key={key} className="h-6" />
        ))}
      </div>
    );
  }
  const first = steps[0];
  const numbered = steps.map((step, place) => ({ step, key: `${place}/${step.stage}` }));
  if (!first) return <EmptyState title="Nothing is recorded about this order" />;
  return (
    <>
      {query.error && <StaleNotice error={query.error} onRetry={() => void query.refetch()} />}
      <ol aria-label="Time line">
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
      title={`Time line: ${order.action} ${order.symbol}`}
      description={`Order ${order.orderid} · times in IST`}
      className="top-0 right-0 left-auto h-dvh max-h-dvh translate-x-0 translate-y-0 rounded-none"
    >
      <Steps order={order} />
    </Dialog>
  );
}
