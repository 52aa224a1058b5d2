import type { ReactNode } from 'react';
import { Signed } from '@/components/market/live';
import type { Extreme, Payoff } from '@/features/basket/api/payoff';
import { formatMoney, formatPercent, formatPrice, formatSigned } from '@/lib/format';
import { t } from '@/messages/words';

interface PayoffFactsProps {
  payoff: Payoff;
  margin: { needed: number | null; benefit: number | null; isMissing: boolean };
}

/** What a trader decides by, each with its unit; unlimited is a word, unknown is a dash. */
export function PayoffFacts({ payoff, margin }: PayoffFactsProps) {
  const { terminal, spot, net, credit } = payoff;
  return (
    <dl className="grid content-start gap-y-1 text-xs max-lg:grid-cols-2 max-lg:gap-x-6 max-md:grid-cols-1">
      <Fact name={t('Max profit')}>{terminal ? <ExtremeText extreme={terminal.max_profit} /> : '–'}</Fact>
      <Fact name={t('Max loss')}>{terminal ? <ExtremeText extreme={terminal.max_loss} /> : '–'}</Fact>
      <Fact name={t('Breakevens')}>
        {terminal?.breakevens.length
          ? terminal.breakevens.map((price) => (
              <span key={price} className="block">
                {formatPrice(price)}{' '}
                <span className="text-muted">{formatPercent(((price - spot) / spot) * 100)}</span>
              </span>
            ))
          : terminal
            ? t('none')
            : '–'}
      </Fact>
      <Fact
        name={t('Chance of profit')}
        title={t(
          'At expiry, if the underlying is lognormal around its forward with the volatility at the money',
        )}
      >
        {terminal?.probability == null ? '–' : `${(terminal.probability * 100).toFixed(1)}%`}
      </Fact>
      <Fact name={credit >= 0 ? t('Net credit') : t('Net debit')}>{formatMoney(Math.abs(credit))}</Fact>
      <Fact name={t('Margin needed')}>
        {margin.isMissing ? t('not available') : formatMoney(margin.needed)}
      </Fact>
      {margin.benefit !== null && margin.benefit > 0 && (
        <Fact name={t('Margin benefit')} title={t('What the legs save together, as the broker says')}>
          {formatMoney(margin.benefit)}
        </Fact>
      )}
      <Fact name={t('Delta')} title={t('Rupees for a rise of the underlying by one')}>
        {formatSigned(net?.delta)}
      </Fact>
      <Fact name={t('Gamma')} title={t('Change of delta for a rise of the underlying by one')}>
        {formatSigned(net?.gamma)}
      </Fact>
      <Fact name={t('Theta')} title={t('Rupees a calendar day')}>
        {formatSigned(net?.theta)}
      </Fact>
      <Fact name={t('Vega')} title={t('Rupees for a rise of volatility by one point')}>
        {formatSigned(net?.vega)}
      </Fact>
      {terminal && !terminal.is_exact && (
        <p className="col-span-full text-muted">
          {t('A leg outlives the first expiry: breakevens and extremes are those within the prices drawn.')}
        </p>
      )}
    </dl>
  );
}

function Fact({ name, title, children }: { name: string; title?: string; children: ReactNode }) {
  return (
    <div title={title} className="flex min-h-5 items-baseline justify-between gap-3">
      <dt className="text-muted">{name}</dt>
      <dd className="text-right font-medium tabular-nums">{children}</dd>
    </div>
  );
}

function ExtremeText({ extreme }: { extreme: Extreme }) {
  return extreme.is_unlimited ? t('Unlimited') : <Signed value={extreme.amount} />;
}
