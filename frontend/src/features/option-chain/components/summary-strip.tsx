import { type ReactNode, useEffect, useState } from 'react';
import { type Chain, STALE_MS } from '@/features/option-chain/api/get-chain';
import { strikeText } from '@/features/option-chain/components/chain-row';
import { cn } from '@/lib/cn';
import { formatCompact, formatPrice } from '@/lib/format';
import { t } from '@/messages/words';

const ratio = new Intl.NumberFormat('en-IN', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** Totals of the strikes at hand, and how old the figures are that do not stream. */
export function SummaryStrip({ chain, updatedAt }: { chain: Chain; updatedAt: number }) {
  const { interest } = chain;
  const strikes = interest.strikes;
  const shown = (value: number | null) => (value === null ? '–' : ratio.format(value));
  return (
    <dl className="flex min-h-7 items-center gap-x-4 whitespace-nowrap border-line border-b px-3 text-xs max-xl:flex-wrap max-md:py-1">
      <Fact
        name="PCR"
        title={t('Puts to calls by open interest over the {{strikes}} strikes shown', { strikes })}
      >
        {shown(interest.pcr_oi)}
      </Fact>
      <Fact
        name={t('PCR volume')}
        title={t('Puts to calls by volume over the {{strikes}} strikes shown', { strikes })}
      >
        {shown(interest.pcr_volume)}
      </Fact>
      <Fact
        name={t('Max pain')}
        title={t(
          'The strike at which option holders are paid least at expiry, over the {{strikes}} strikes shown',
          { strikes },
        )}
      >
        {interest.max_pain === null ? '–' : strikeText(interest.max_pain)}
      </Fact>
      <Fact
        name={t('Call OI')}
        title={t('Open interest of the calls over the {{strikes}} strikes shown', { strikes })}
      >
        {formatCompact(interest.ce_oi)}
      </Fact>
      <Fact
        name={t('Put OI')}
        title={t('Open interest of the puts over the {{strikes}} strikes shown', { strikes })}
      >
        {formatCompact(interest.pe_oi)}
      </Fact>
      <Fact
        name={t('Forward')}
        title={t('What Greeks are computed on: {{source}}', { source: chain.forward_source ?? '–' })}
      >
        {formatPrice(chain.forward_price)}
      </Fact>
      <Age since={updatedAt - chain.quotes_age_ms} />
    </dl>
  );
}

function Fact({ name, title, children }: { name: string; title: string; children: ReactNode }) {
  return (
    <div title={title} className="flex gap-1.5">
      <dt className="text-muted">{name}</dt>
      <dd className="font-medium tabular-nums">{children}</dd>
    </div>
  );
}

/** Seconds since the oldest quote behind Greeks and open interest; late ones are marked by a word as well. */
function Age({ since }: { since: number }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  const age = Math.max(0, Math.max(now, since) - since);
  const isStale = age > STALE_MS;
  return (
    <div
      title={t('Greeks, volatility and open interest; prices stream')}
      className={cn('ml-auto flex gap-1.5', isStale ? 'text-warn' : 'text-muted')}
    >
      <dt>{t('Greeks and OI')}</dt>
      <dd className="tick tabular-nums">
        {isStale
          ? t('{{seconds}} s old, stale', { seconds: Math.round(age / 1000) })
          : t('{{seconds}} s old', { seconds: Math.round(age / 1000) })}
      </dd>
    </div>
  );
}
