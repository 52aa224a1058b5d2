import { Curve } from '@/components/chart/curve';
import { shapeOf } from '@/components/chart/curve-shape';
import type { PaperDay } from '@/features/paper/api/paper';
import { cn } from '@/lib/cn';
import { formatMoney, formatSigned } from '@/lib/format';
import { t } from '@/messages/words';

/** What the account was worth at the end of each day, oldest on the left. */
export function ProfitCurve({ days }: { days: readonly PaperDay[] }) {
  const rows = days.toReversed();
  const first = rows.at(0);
  const last = rows.at(-1);
  const shape = shapeOf(rows.map((day, place) => [place, day.portfolio_value]));
  if (!first || !last || !shape) {
    return (
      <p className="px-3 py-6 text-center text-muted">{t('The curve begins with the second trading day.')}</p>
    );
  }
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
      <Curve shape={shape} label={words} result={change} className="h-32">
        <figcaption className="flex justify-between gap-4 text-muted text-xs tabular-nums">
          <span>{first.date}</span>
          <span className={cn(change > 0 && 'text-up', change < 0 && 'text-down')}>
            {formatSigned(change)}
          </span>
          <span>{last.date}</span>
        </figcaption>
      </Curve>
    </figure>
  );
}
