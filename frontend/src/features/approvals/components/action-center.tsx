import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { toast } from 'sonner';
import { DataTable } from '@/components/data-table/data-table';
import { loadable } from '@/components/data-table/loadable';
import { useRowSelection } from '@/components/data-table/use-row-selection';
import { ChipFilter } from '@/components/filters/filter-bar';
import { Button } from '@/components/ui/button';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import {
  useApprove,
  useApproveAll,
  useReject,
  useRejectAll,
  useRemove,
} from '@/features/approvals/api/decide';
import {
  nameOf,
  STATUSES,
  type Status,
  type WaitingOrder,
  waitingOrdersQuery,
} from '@/features/approvals/api/get-waiting-orders';
import { DecideSelectedDialog, type Decision } from '@/features/approvals/components/decide-selected-dialog';
import { LookAgainDialog } from '@/features/approvals/components/look-again-dialog';
import {
  type DecisionActions,
  DecisionButtons,
  reasonOf,
  SideWord,
  StateBadge,
  waitingColumns,
} from '@/features/approvals/components/waiting-columns';
import { useUrlState } from '@/hooks/use-url-state';
import { ApiError, messageOf } from '@/lib/api/errors';
import { formatBookTime, formatQuantity } from '@/lib/format';
import { useStakes } from '@/lib/session/stakes';
import { t } from '@/messages/words';

const LABELS: Record<Status, string> = {
  pending: t('Waiting'),
  approved: t('Approved'),
  rejected: t('Rejected', { context: 'approval' }),
  expired: t('Expired'),
  all: t('All'),
};

const keyOf = (order: WaitingOrder) => String(order.id);

function isStatus(text: string): text is Status {
  return (STATUSES as readonly string[]).includes(text);
}

function WaitingCard({ order, ...actions }: DecisionActions & { order: WaitingOrder }) {
  const reason = reasonOf(order);
  return (
    <div className="grid gap-1">
      <div className="flex items-center gap-2">
        <SideWord action={order.action} />
        <span className="font-medium">{nameOf(order)}</span>
        <span className="ml-auto">
          <StateBadge order={order} />
        </span>
      </div>
      {reason && <p className="text-down text-xs">{reason}</p>}
      <div className="flex items-center text-muted text-xs tabular-nums">
        <span>
          {formatBookTime(order.created_at_ist)} · {formatQuantity(order.quantity)} {order.product_type}{' '}
          {order.price_type}
        </span>
        <span className="ml-auto">
          <DecisionButtons order={order} {...actions} />
        </span>
      </div>
    </div>
  );
}

/** Approving asks once; when something changed since, the server says what and the trader looks again. */
function useDecisions() {
  const { mutate: approve, isPending: isApproving } = useApprove();
  const { mutate: reject, isPending: isRejecting } = useReject();
  const { mutate: remove, isPending: isRemoving } = useRemove();
  const [doubtful, setDoubtful] = useState<{ order: WaitingOrder; reason: string } | null>(null);
  const send = useCallback(
    (order: WaitingOrder, confirm: boolean) =>
      approve(
        { order, confirm },
        {
          onSuccess: () => setDoubtful(null),
          onError: (error) => {
            if (error instanceof ApiError && error.code === 'NEEDS_CONFIRMATION') {
              setDoubtful({ order, reason: error.message });
              return;
            }
            setDoubtful(null);
            toast.error(t('Not sent: {{order}}', { order: nameOf(order) }), {
              description: messageOf(error),
            });
          },
        },
      ),
    [approve],
  );
  const isBusy = isApproving || isRejecting || isRemoving;
  return { send, reject, remove, doubtful, setDoubtful, isBusy };
}

export function ActionCenter() {
  const { read, set } = useUrlState();
  const asked = read('status');
  const status: Status = isStatus(asked) ? asked : 'pending';
  const query = useQuery(waitingOrdersQuery(status));
  const { send, reject, remove, doubtful, setDoubtful, isBusy } = useDecisions();
  const approveAll = useApproveAll();
  const rejectAll = useRejectAll();
  const { selection, selected, clear } = useRowSelection(query.data?.orders, keyOf);
  const marked = useMemo(() => selected.filter((order) => order.status === 'pending'), [selected]);
  const [deciding, setDeciding] = useState<{ decision: Decision; orders: readonly WaitingOrder[] } | null>(
    null,
  );
  const [everything, setEverything] = useState<'approve' | 'reject' | null>(null);
  const { word } = useStakes();
  const waiting = query.data?.statistics.pending ?? 0;
  const actions = useMemo<DecisionActions>(
    () => ({ onApprove: (order) => send(order, false), onReject: reject, onRemove: remove, isBusy }),
    [send, reject, remove, isBusy],
  );
  const columns = useMemo(() => waitingColumns(actions), [actions]);
  const all = everything === 'approve' ? approveAll : rejectAll;
  return (
    <>
      <DataTable
        book="approvals"
        name={t('Waiting orders')}
        columns={columns}
        source={loadable(query, query.data?.orders)}
        rowKey={keyOf}
        selection={selection}
        onOpen={(order) =>
          order.status === 'pending' && setDeciding({ decision: 'approve', orders: [order] })
        }
        defaultSort={{ id: 'created_at_ist', isDescending: true }}
        describeRow={(order) => ({ isDimmed: ['rejected', 'expired'].includes(order.status) })}
        card={(order) => <WaitingCard order={order} {...actions} />}
        empty={{
          title: status === 'pending' ? t('No orders wait for you') : t('Nothing here'),
          hint: t('Orders of an API key in semi-auto mode wait here until you approve or reject them.'),
        }}
        toolbar={
          <>
            <h1 className="font-semibold text-base">{t('Action centre')}</h1>
            <ChipFilter
              label={t('State')}
              value={status}
              options={STATUSES.map((value) => ({
                value,
                label: LABELS[value],
                count: query.data?.statistics[value === 'all' ? 'total' : value],
              }))}
              onChange={(value) => set('status', value === 'pending' ? null : value)}
            />
            {marked.length > 0 ? (
              <>
                <Button size="sm" onClick={() => setDeciding({ decision: 'approve', orders: marked })}>
                  {t('Approve selected')} ({marked.length})
                </Button>
                <Button size="sm" onClick={() => setDeciding({ decision: 'reject', orders: marked })}>
                  {t('Reject selected')}
                </Button>
              </>
            ) : (
              <>
                <Button size="sm" disabled={waiting === 0} onClick={() => setEverything('approve')}>
                  {t('Approve all')}
                  {waiting > 0 && ` (${waiting})`}
                </Button>
                <Button size="sm" disabled={waiting === 0} onClick={() => setEverything('reject')}>
                  {t('Reject all')}
                </Button>
              </>
            )}
          </>
        }
      />
      {deciding && (
        <DecideSelectedDialog
          {...deciding}
          onClose={() => {
            setDeciding(null);
            clear();
          }}
        />
      )}
      {doubtful && (
        <LookAgainDialog
          {...doubtful}
          isBusy={isBusy}
          onConfirm={() => send(doubtful.order, true)}
          onClose={() => setDoubtful(null)}
        />
      )}
      <ConfirmDialog
        isOpen={everything !== null}
        onClose={() => setEverything(null)}
        onConfirm={() => all.mutate(undefined, { onSettled: () => setEverything(null) })}
        isBusy={all.isPending}
        title={
          everything === 'approve'
            ? t('Approve {{count}} waiting {{stakes}} orders?', {
                count: waiting,
                stakes: word,
                one: 'Approve {{count}} waiting {{stakes}} order?',
              })
            : t('Reject {{count}} waiting {{stakes}} orders?', {
                count: waiting,
                stakes: word,
                one: 'Reject {{count}} waiting {{stakes}} order?',
              })
        }
        description={
          everything === 'approve'
            ? t(
                'Each is checked again and sent now. One whose price moved or that is old stays waiting and says so.',
              )
            : t('None of them will be sent.')
        }
        confirmLabel={everything === 'approve' ? t('Approve all') : t('Reject all')}
        cancelLabel={t('Leave them waiting')}
      />
    </>
  );
}
