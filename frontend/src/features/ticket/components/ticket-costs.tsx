import { type Figure, useCharges, useMargin } from '@/features/ticket/api/get-margin';
import { formatMoney, type Maybe } from '@/lib/format';
import type { OrderDraft } from '@/lib/orders/rules';
import { t } from '@/messages/words';

interface TicketCostsProps {
  symbol: string;
  draft: OrderDraft | null;
  /** The broker tells margins; one that does not is said to, rather than guessed for. */
  isMarginKnown: boolean;
}

const PART_NAMES: Record<string, string> = {
  brokerage: t('Brokerage'),
  transaction_tax: t('Transaction tax'),
  exchange_fee: t('Exchange'),
  sebi_fee: 'SEBI',
  stamp_duty: t('Stamp duty'),
  gst: 'GST',
};

/** What the order would bind and cost, before it leaves. */
export function TicketCosts({ symbol, draft, isMarginKnown }: TicketCostsProps) {
  const margin = useMargin(symbol, isMarginKnown ? draft : null);
  const charges = useCharges(symbol, draft);
  const parts = Object.entries(charges.data?.parts ?? {})
    .filter(([, rupees]) => rupees > 0)
    .map(([name, rupees]) => `${PART_NAMES[name] ?? name} ${formatMoney(rupees)}`)
    .join(' · ');
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-0.5 text-xs [&>dd]:text-right [&>dd]:tabular-nums [&>dt]:text-muted">
      <dt>{t('Margin needed')}</dt>
      <dd>
        {isMarginKnown
          ? figureText(draft, margin, ({ total_margin_required: total }) => total)
          : t('not known')}
      </dd>
      <dt>{t('Value')}</dt>
      <dd>{figureText(draft, charges, ({ turnover }) => turnover)}</dd>
      <dt>{t('Charges, estimated')}</dt>
      <dd title={parts || undefined}>{figureText(draft, charges, ({ total }) => total)}</dd>
    </dl>
  );
}

function figureText<T>(
  draft: OrderDraft | null,
  figure: Figure<T>,
  read: (data: T) => Maybe<number>,
): string {
  if (draft === null) return formatMoney(null);
  if (figure.data !== undefined) return formatMoney(read(figure.data));
  if (figure.isAsking) return '…';
  return figure.error ? t('not known') : formatMoney(null);
}
