import type { LatencySeries } from '@/features/operator/api/latency';
import { ms } from '@/features/operator/hooks/figures';
import { formatQuantity } from '@/lib/format';
import { t } from '@/messages/words';

type Bucket = LatencySeries['spread'][number];

interface SpreadProps {
  title: string;
  bars: LatencySeries['spread'];
}

/** The end of a bucket; the last one is open. */
export function edgeOf(bar: Bucket | undefined): string {
  if (!bar) return '–';
  return bar.up_to_ms === null
    ? t('more than {{ms}}', { ms: ms(bar.over_ms) })
    : t('up to {{ms}}', { ms: ms(bar.up_to_ms) });
}

/** How many durations fell into each bucket. */
export function Spread({ title, bars }: SpreadProps) {
  const most = Math.max(1, ...bars.map(({ count }) => count));
  const total = bars.reduce((sum, { count }) => sum + count, 0);
  const words = t('{{title}}: {{total}} from {{from}} on, {{to}}', {
    title,
    total: formatQuantity(total),
    from: ms(bars[0]?.over_ms ?? null),
    to: edgeOf(bars.at(-1)),
  });
  return (
    <figure className="grid min-w-0 content-start gap-1 px-3 py-2 max-md:hidden">
      <figcaption className="font-medium text-xs">{title}</figcaption>
      {bars.length === 0 ? (
        <p className="grid h-28 place-items-center text-muted text-xs">{t('Nothing was measured yet')}</p>
      ) : (
        <>
          <div role="img" aria-label={words} className="flex h-24 items-end gap-px border-line border-b">
            {bars.map((bar) => (
              <span
                key={bar.over_ms}
                title={`${edgeOf(bar)}: ${formatQuantity(bar.count)}`}
                className="min-w-px flex-1 bg-accent"
                style={{ height: `${(100 * bar.count) / most}%` }}
              />
            ))}
          </div>
          <div aria-hidden className="flex justify-between text-2xs text-muted tabular-nums">
            <span>{ms(bars[0]?.over_ms ?? null)}</span>
            <span>{edgeOf(bars.at(-1))}</span>
          </div>
        </>
      )}
    </figure>
  );
}
