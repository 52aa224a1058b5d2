import { ms } from '@/features/operator/hooks/figures';
import { formatQuantity } from '@/lib/format';
import { t } from '@/messages/words';

interface SpreadProps {
  title: string;
  bars: readonly { up_to_ms: number; count: number }[];
}

/** How many durations fell into each bucket. */
export function Spread({ title, bars }: SpreadProps) {
  const most = Math.max(1, ...bars.map(({ count }) => count));
  const total = bars.reduce((sum, { count }) => sum + count, 0);
  const words = t('{{title}}: {{total}} between {{from}} and {{to}}', {
    title,
    total: formatQuantity(total),
    from: ms(bars[0]?.up_to_ms ?? null),
    to: ms(bars.at(-1)?.up_to_ms ?? null),
  });
  return (
    <figure className="grid min-w-0 content-start gap-1 px-3 py-2 max-md:hidden">
      <figcaption className="font-medium text-xs">{title}</figcaption>
      {bars.length === 0 ? (
        <p className="grid h-28 place-items-center text-muted text-xs">{t('Nothing was measured yet')}</p>
      ) : (
        <>
          <div role="img" aria-label={words} className="flex h-24 items-end gap-px border-line border-b">
            {bars.map(({ up_to_ms, count }) => (
              <span
                key={up_to_ms}
                title={t('up to {{ms}}: {{times}}', { ms: ms(up_to_ms), times: formatQuantity(count) })}
                className="min-w-px flex-1 bg-accent"
                style={{ height: `${(100 * count) / most}%` }}
              />
            ))}
          </div>
          <div aria-hidden className="flex justify-between text-2xs text-muted tabular-nums">
            <span>{ms(bars[0]?.up_to_ms ?? null)}</span>
            <span>{ms(bars.at(-1)?.up_to_ms ?? null)}</span>
          </div>
        </>
      )}
    </figure>
  );
}
