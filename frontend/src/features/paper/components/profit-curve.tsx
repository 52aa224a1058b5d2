import type { PaperDay } from '@/features/paper/api/paper';
import { cn } from '@/lib/cn';
import { formatCompact, formatMoney, formatSigned, toneOf } from '@/lib/format';
import { t } from '@/messages/words';

const WIDTH = 600;
const HEIGHT = 120;
const STROKES = { up: 'stroke-up', down: 'stroke-down', flat: 'stroke-muted' } as const;

/** What the account was worth at the end of each day, oldest on the left. */
export function ProfitCurve({ days }: { days: readonly PaperDay[] }) {
  const rows = days.toReversed();
  const first = rows.at(0);
  const last = rows.at(-1);
  if (!first || !last || rows.length < 2) {
    return (
      <p className="px-3 py-6 text-center text-muted">{t('The curve begins with the second trading day.')}</p>
    );
  }
  const values = rows.map((day) => day.portfolio_value);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const y = (value: number) => (high === low ? HEIGHT / 2 : HEIGHT - ((value - low) / (high - low)) * HEIGHT);
  const points = values.map((value, place) => `${(place / (values.length - 1)) * WIDTH},${y(value)}`);
  const change = last.portfolio_value - first.portfolio_value;
  const words = t('Portfolio value from {{begin}} to {{end}}: {{before}} to {{after}}, {{change}}', {
    begin: first.date,
    end: last.date,
    before: formatMoney(first.portfolio_value),
    after: formatMoney(last.portfolio_value),
    change: formatSigned(change),
  });
  return (
    <figure className="px-3 py-2">
      <div className="flex gap-2">
        <svg
          role="img"
          aria-label={words}
          viewBox={`0 -4 ${WIDTH} ${HEIGHT + 8}`}
          preserveAspectRatio="none"
          className="h-32 min-w-0 flex-1"
        >
          <polyline
            points={points.join(' ')}
            fill="none"
            strokeWidth={2}
            strokeLinejoin="round"
            vectorEffect="non-scaling-stroke"
            className={STROKES[toneOf(change)]}
          />
        </svg>
        <div
          aria-hidden
          className="flex w-16 shrink-0 flex-col justify-between text-right text-2xs text-muted tabular-nums"
        >
          <span>{formatCompact(high)}</span>
          <span>{formatCompact(low)}</span>
        </div>
      </div>
      <figcaption className="flex justify-between gap-4 text-muted text-xs tabular-nums">
        <span>{first.date}</span>
        <span className={cn(change > 0 && 'text-up', change < 0 && 'text-down')}>{formatSigned(change)}</span>
        <span className="pr-18">{last.date}</span>
      </figcaption>
    </figure>
  );
}
