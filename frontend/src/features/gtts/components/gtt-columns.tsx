import { Pencil, X } from 'lucide-react';
import type { Column } from '@/components/data-table/types';
import { InstrumentLabel } from '@/components/market/instrument-label';
import { Ltp } from '@/components/market/live';
import { Badge, type Tone } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { type Gtt, isActive } from '@/features/gtts/api/get-gtts';
import { HOLDERS } from '@/features/gtts/api/write-gtts';
import { formatPrice, formatQuantity } from '@/lib/format';
import type { Action } from '@/lib/orders/schema';
import { t } from '@/messages/words';

const TONES: Record<string, Tone> = {
  active: 'warn',
  firing: 'warn',
  triggered: 'good',
  rejected: 'bad',
  disabled: 'bad',
  unknown: 'bad',
};
const WORDS: Record<string, string> = {
  active: t('waiting'),
  triggered: t('triggered'),
  rejected: t('rejected'),
  cancelled: t('cancelled'),
  expired: t('expired'),
  firing: t('sending…'),
  disabled: t('look at it'),
  unknown: t('state unknown'),
};

export function GttStateBadge({ gtt }: { gtt: Gtt }) {
  return (
    <Badge tone={TONES[gtt.status] ?? 'neutral'} title={gtt.reason ?? undefined}>
      {WORDS[gtt.status] ?? gtt.status}
    </Badge>
  );
}

export function HolderBadge({ gtt }: { gtt: Gtt }) {
  return <Badge title={HOLDERS[gtt.held_by]}>{gtt.held_by === 'gateway' ? 'OpenAlgo' : t('broker')}</Badge>;
}

export function sideOf(gtt: Gtt): Action | null {
  return gtt.legs[0]?.action ?? null;
}

export function SideText({ gtt }: { gtt: Gtt }) {
  const side = sideOf(gtt);
  return <span className={side === 'BUY' ? 'font-medium text-buy' : 'font-medium text-sell'}>{side}</span>;
}

/** Both triggers of an OCO, the stop first. */
export function triggersText(gtt: Gtt): string {
  return gtt.trigger_prices.map((price) => formatPrice(price)).join(' / ');
}

/** What each trigger orders at; a market leg has no price. */
export function pricesText(gtt: Gtt): string {
  return gtt.legs
    .map(({ pricetype, price }) => (pricetype === 'MARKET' ? t('market') : formatPrice(price)))
    .join(' / ');
}

export interface GttActions {
  onChange: (gtt: Gtt) => void;
  onCancel: (gtt: Gtt) => void;
  isBusy: boolean;
}

export function GttButtons({ gtt, onChange, onCancel, isBusy }: GttActions & { gtt: Gtt }) {
  if (!isActive(gtt)) return null;
  return (
    <span className="inline-flex gap-1">
      <Button
        size="iconXs"
        aria-label={t('Change GTT {{id}}', { id: gtt.trigger_id })}
        onClick={() => onChange(gtt)}
      >
        <Pencil />
      </Button>
      <Button
        size="iconXs"
        disabled={isBusy}
        aria-label={t('Withdraw GTT {{id}}', { id: gtt.trigger_id })}
        onClick={() => onCancel(gtt)}
      >
        <X />
      </Button>
    </span>
  );
}

export function gttColumns(actions: GttActions): Column<Gtt>[] {
  return [
    {
      id: 'created_at',
      title: t('Set'),
      width: 98,
      value: (g) => g.created_at,
      cell: (g) => g.created_at?.slice(0, 10) ?? '',
    },
    { id: 'action', title: t('Side'), width: 48, value: sideOf, cell: (g) => <SideText gtt={g} /> },
    {
      id: 'symbol',
      title: t('Symbol'),
      isStretched: true,
      value: (g) => g.symbol,
      cell: (g) => (
        <>
          <InstrumentLabel {...g} />
          {g.reason && <span className="ml-2 text-down text-xs">{g.reason}</span>}
        </>
      ),
    },
    {
      id: 'triggers',
      title: t('Trigger'),
      width: 132,
      align: 'right',
      value: (g) => g.trigger_prices[0],
      cell: triggersText,
    },
    {
      id: 'prices',
      title: t('Order at'),
      width: 132,
      align: 'right',
      value: (g) => g.legs[0]?.price,
      cell: pricesText,
    },
    {
      id: 'ltp',
      title: 'LTP',
      width: 80,
      align: 'right',
      cell: (g) => <Ltp of={g} />,
    },
    {
      id: 'quantity',
      title: t('Qty'),
      width: 70,
      align: 'right',
      value: (g) => g.legs[0]?.quantity,
      cell: (g) => formatQuantity(g.legs[0]?.quantity),
    },
    {
      id: 'product',
      title: t('Product'),
      width: 64,
      value: (g) => g.legs[0]?.product,
      cell: (g) => g.legs[0]?.product,
    },
    {
      id: 'held_by',
      title: t('Held by'),
      width: 84,
      value: (g) => g.held_by,
      cell: (g) => <HolderBadge gtt={g} />,
    },
    {
      id: 'status',
      title: t('State'),
      width: 92,
      value: (g) => g.status,
      cell: (g) => <GttStateBadge gtt={g} />,
    },
    {
      id: 'expires_at',
      title: t('Until'),
      width: 98,
      isRoomy: true,
      value: (g) => g.expires_at,
      cell: (g) => g.expires_at?.slice(0, 10) ?? '',
    },
    {
      id: 'strategy',
      title: t('Strategy'),
      width: 92,
      isRoomy: true,
      value: (g) => g.strategy,
      cell: (g) => <span className="text-muted">{g.strategy}</span>,
    },
    {
      id: 'triggered_order_id',
      title: t('Order ID'),
      width: 136,
      isRoomy: true,
      value: (g) => g.triggered_order_id,
      cell: (g) => <span className="text-muted tabular-nums">{g.triggered_order_id}</span>,
    },
    {
      id: 'actions',
      title: '',
      width: 78,
      align: 'right',
      cell: (g) => <GttButtons gtt={g} {...actions} />,
    },
  ];
}
