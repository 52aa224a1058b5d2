import { Check, Trash2, X } from 'lucide-react';
import type { Column } from '@/components/data-table/types';
import { Badge, type Tone } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { nameOf, type WaitingOrder } from '@/features/approvals/api/get-waiting-orders';
import { Asked, Ends, priceThen, Since } from '@/features/approvals/components/waiting-clock';
import { formatPrice, formatQuantity } from '@/lib/format';
import { t } from '@/messages/words';

const STATES: Record<string, string> = {
  rejected: t('rejected', { context: 'approval' }),
  expired: t('expired'),
};
/** What became of a decided order: outcomes of ours and states of the broker's book. */
const OUTCOMES: Record<string, string> = {
  accepted: t('accepted'),
  partial: t('sent in part'),
  refused: t('refused'),
  open: t('open'),
  'trigger pending': t('trigger pending'),
  complete: t('complete'),
  cancelled: t('cancelled'),
  rejected: t('rejected', { context: 'approval' }),
  unknown: t('outcome unknown'),
};
const OUTCOME_TONES: Record<string, Tone> = {
  accepted: 'good',
  partial: 'warn',
  refused: 'bad',
  unknown: 'bad',
};

export function SideWord({ action }: { action: string | null }) {
  if (!action) return null;
  return (
    <span className={action === 'BUY' ? 'font-medium text-buy' : 'font-medium text-sell'}>{action}</span>
  );
}

/** The state, then what became of it: approved is not executed. */
export function StateBadge({ order }: { order: WaitingOrder }) {
  if (order.status === 'pending') {
    return order.needs_confirmation ? (
      <Badge tone="bad" title={order.confirm_reason ?? undefined}>
        {t('look again')}
      </Badge>
    ) : (
      <Badge tone="warn">{t('waiting')}</Badge>
    );
  }
  if (order.status === 'executing') return <Badge tone="warn">{t('sending…')}</Badge>;
  if (order.status !== 'approved') return <Badge>{STATES[order.status] ?? order.status}</Badge>;
  const word = order.outcome === 'unknown' ? order.outcome : (order.broker_status ?? order.outcome ?? '');
  return (
    <Badge tone={OUTCOME_TONES[order.outcome ?? ''] ?? 'neutral'} title={order.message ?? undefined}>
      {OUTCOMES[word] ?? word}
    </Badge>
  );
}

/** Why somebody has to look, or why it did not go out, stands in the row, not behind a click. */
export function reasonOf(order: WaitingOrder): string | null {
  if (order.status === 'pending') return order.confirm_reason;
  return order.message ?? order.rejected_reason;
}

export interface DecisionActions {
  onApprove: (order: WaitingOrder) => void;
  onReject: (order: WaitingOrder) => void;
  onRemove: (order: WaitingOrder) => void;
  isBusy: boolean;
}

export function DecisionButtons({
  order,
  onApprove,
  onReject,
  onRemove,
  isBusy,
}: DecisionActions & { order: WaitingOrder }) {
  const what = `${order.action ?? order.api_type} ${nameOf(order)} (${order.id})`;
  if (order.status === 'executing' || order.outcome === 'unknown') return null;
  if (order.status !== 'pending') {
    return (
      <Button
        size="iconXs"
        variant="ghost"
        disabled={isBusy}
        aria-label={t('Remove {{order}} from the list', { order: what })}
        onClick={() => onRemove(order)}
      >
        <Trash2 />
      </Button>
    );
  }
  return (
    <span className="inline-flex gap-1">
      <Button
        size="iconXs"
        disabled={isBusy}
        aria-label={t('Approve {{order}}', { order: what })}
        onClick={() => onApprove(order)}
      >
        <Check />
      </Button>
      <Button
        size="iconXs"
        disabled={isBusy}
        aria-label={t('Reject {{order}}', { order: what })}
        onClick={() => onReject(order)}
      >
        <X />
      </Button>
    </span>
  );
}

export function waitingColumns(actions: DecisionActions): Column<WaitingOrder>[] {
  return [
    {
      id: 'created_at_ist',
      title: t('Asked'),
      width: 108,
      value: (o) => o.created_at_ist,
      cell: (o) => <Asked order={o} />,
    },
    {
      id: 'action',
      title: t('Side'),
      width: 48,
      value: (o) => o.action,
      cell: (o) => <SideWord action={o.action} />,
    },
    {
      id: 'symbol',
      title: t('Symbol'),
      isStretched: true,
      value: nameOf,
      cell: (o) => (
        <>
          <span className="font-medium">{nameOf(o)}</span>{' '}
          <span className="text-2xs text-muted">{o.exchange}</span>
          {reasonOf(o) && <span className="ml-2 text-down text-xs">{reasonOf(o)}</span>}
        </>
      ),
    },
    {
      id: 'api_type',
      title: t('Kind'),
      width: 110,
      isRoomy: true,
      value: (o) => o.api_type,
      cell: (o) => o.api_type,
    },
    {
      id: 'product',
      title: t('Product, type'),
      width: 108,
      value: (o) => `${o.product_type ?? ''} ${o.price_type ?? ''}`,
      cell: (o) => `${o.product_type ?? ''} ${o.price_type ?? ''}`,
    },
    {
      id: 'quantity',
      title: t('Qty'),
      width: 80,
      align: 'right',
      value: (o) => o.quantity,
      cell: (o) => formatQuantity(o.quantity),
    },
    {
      id: 'price',
      title: t('Price'),
      width: 88,
      align: 'right',
      value: (o) => o.price,
      cell: (o) => formatPrice(o.price),
    },
    {
      id: 'then',
      title: t('At asking'),
      width: 88,
      align: 'right',
      value: priceThen,
      cell: (o) => formatPrice(priceThen(o)),
    },
    { id: 'now', title: t('Now'), width: 136, align: 'right', cell: (o) => <Since order={o} /> },
    {
      id: 'expires_at_ist',
      title: t('Ends'),
      width: 78,
      align: 'right',
      value: (o) => o.expires_at_ist,
      cell: (o) => <Ends order={o} />,
    },
    {
      id: 'status',
      title: t('State'),
      width: 136,
      value: (o) => o.status,
      cell: (o) => <StateBadge order={o} />,
    },
    {
      id: 'strategy',
      title: t('Strategy'),
      width: 92,
      isRoomy: true,
      value: (o) => o.strategy,
      cell: (o) => <span className="text-muted">{o.strategy}</span>,
    },
    {
      id: 'broker_order_id',
      title: t('Order ID'),
      width: 136,
      isRoomy: true,
      value: (o) => o.broker_order_id,
      cell: (o) => <span className="text-muted tabular-nums">{o.broker_order_id}</span>,
    },
    {
      id: 'actions',
      title: '',
      width: 72,
      align: 'right',
      cell: (o) => <DecisionButtons order={o} {...actions} />,
    },
  ];
}
