import { Ltp, toneClass } from '@/components/market/live';
import type { Chain } from '@/features/option-chain/api/get-chain';
import { changeOf } from '@/features/option-chain/model/rows';
import { cn } from '@/lib/cn';
import { formatPercent, formatPrice, toneOf } from '@/lib/format';
import { useQuoteValue } from '@/lib/market-data/context';
import { type InstrumentRef, Mode } from '@/lib/market-data/protocol';
import { t } from '@/messages/words';

/** Percent since the previous close of the underlying. */
export function UnderlyingChange({ of, chain }: { of: InstrumentRef; chain: Chain }) {
  const { underlying_ltp, underlying_prev_close } = chain;
  const percent = useQuoteValue(of, Mode.quote, ({ ltp, close }) =>
    changeOf(ltp ?? underlying_ltp, close ?? underlying_prev_close),
  );
  return <span className={cn('tick', toneClass[toneOf(percent, 2)])}>{formatPercent(percent)}</span>;
}

/** Where the underlying stands among the strikes, with the forward that Greeks are computed on. */
export function PriceLine({ of, chain, span }: { of: InstrumentRef; chain: Chain; span: number }) {
  return (
    <tr className="h-[22px]">
      <td colSpan={span} className="relative h-[22px] p-0 text-center">
        <span aria-hidden className="absolute inset-x-0 top-1/2 h-px bg-accent" />
        <span className="relative inline-flex items-center gap-2 rounded-full border border-accent bg-panel px-2.5 text-2xs tabular-nums leading-4">
          <span className="font-semibold">{of.symbol}</span>
          <Ltp of={of} fallback={chain.underlying_ltp} />
          <UnderlyingChange of={of} chain={chain} />
          <span className="text-muted max-md:hidden">
            {t('Forward')} {formatPrice(chain.forward_price)}
            {chain.forward_source && ` (${chain.forward_source})`}
          </span>
        </span>
      </td>
    </tr>
  );
}
