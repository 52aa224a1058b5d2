import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Curve as Line } from '@/components/chart/curve';
import { HEIGHT, nearestTo, shapeOf, WIDTH } from '@/components/chart/curve-shape';
import { Signed } from '@/components/market/live';
import { ErrorState, Skeleton, StaleNotice } from '@/components/ui/states';
import { type DayCurve as Curve, curveQuery } from '@/features/pnl/api/get-pnl';
import { formatClock, formatSigned } from '@/lib/format';
import { t } from '@/messages/words';

const HEIGHT_CLASS = 'h-36';

function timeOf(at: number): string {
  return formatClock(new Date(at * 1000)).slice(0, 5);
}

function Mark({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="whitespace-nowrap">
      <dt className="inline text-muted text-xs">{label}</dt>{' '}
      <dd className="inline font-medium tabular-nums">{children}</dd>
    </div>
  );
}

function Marks({ curve }: { curve: Curve }) {
  const { highest, lowest, drawdown } = curve;
  const now = curve.points.at(-1);
  if (!highest || !lowest || !drawdown || !now) return null;
  return (
    <dl className="flex flex-wrap gap-x-6 gap-y-1">
      <Mark label={t('Now')}>
        <Signed value={now[1]} />
      </Mark>
      <Mark label={t('Highest')}>
        <Signed value={highest.amount} /> <span className="text-muted text-xs">{timeOf(highest.at)}</span>
      </Mark>
      <Mark label={t('Lowest')}>
        <Signed value={lowest.amount} /> <span className="text-muted text-xs">{timeOf(lowest.at)}</span>
      </Mark>
      <Mark label={t('Deepest fall')}>
        {drawdown.amount === 0 ? '–' : <Signed value={-drawdown.amount} />}
        {drawdown.amount > 0 && (
          <span className="ml-1 text-muted text-xs">
            {timeOf(drawdown.from.at)}–{timeOf(drawdown.to.at)}
          </span>
        )}
      </Mark>
    </dl>
  );
}

function Picture({ curve }: { curve: Curve }) {
  const { points, highest, lowest } = curve;
  const [seen, setSeen] = useState<Curve['points'][number] | null>(null);
  const shape = shapeOf(points, [0]);
  const last = points.at(-1);
  if (!shape || !last || !highest || !lowest) {
    return (
      <p className={`grid place-items-center text-muted ${HEIGHT_CLASS}`}>
        {t('The curve begins with the first fill of the day.')}
      </p>
    );
  }
  const words = t('Profit of the day: now {{now}}, highest {{high}}, lowest {{low}}', {
    now: formatSigned(last[1]),
    high: formatSigned(highest.amount),
    low: formatSigned(lowest.amount),
  });
  const shown = seen ?? last;
  return (
    <Line
      shape={shape}
      label={words}
      result={last[1]}
      className={HEIGHT_CLASS}
      onPointerMove={({ currentTarget, clientX }) => {
        const { left, width } = currentTarget.getBoundingClientRect();
        setSeen(nearestTo(points, (clientX - left) / width));
      }}
      onPointerLeave={() => setSeen(null)}
      behind={
        <line
          x1={0}
          x2={WIDTH}
          y1={shape.yOf(0)}
          y2={shape.yOf(0)}
          vectorEffect="non-scaling-stroke"
          strokeDasharray="4 4"
          className="stroke-line-strong"
        />
      }
      above={
        seen && (
          <line
            x1={shape.xOf(seen[0])}
            x2={shape.xOf(seen[0])}
            y1={0}
            y2={HEIGHT}
            vectorEffect="non-scaling-stroke"
            className="stroke-muted"
          />
        )
      }
    >
      <div className="flex justify-between text-2xs text-muted tabular-nums">
        <span>{timeOf(points[0]?.[0] ?? last[0])}</span>
        <span className="text-text text-xs">
          {formatClock(new Date(shown[0] * 1000))} <Signed value={shown[1]} />
        </span>
        <span>{timeOf(last[0])}</span>
      </div>
    </Line>
  );
}

/** What the curve lacks is named: a sum without it would be another number. */
function LeftOut({ curve }: { curve: Curve }) {
  if (curve.left_out.length === 0) return null;
  return (
    <details className="text-warn text-xs">
      <summary>
        {t('{{count}} instruments are not in this curve', {
          count: curve.left_out.length,
          one: '{{count}} instrument is not in this curve',
        })}
      </summary>
      <ul className="text-muted">
        {curve.left_out.map(({ exchange, symbol, product, why }) => (
          <li key={`${exchange}:${symbol}:${product}`}>
            {symbol} {exchange} {product}: {why}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** How the day went, minute by minute, before charges; what was carried counts from the previous close. */
export function DayCurve() {
  const { data, error, refetch } = useQuery(curveQuery);
  if (!data) {
    return error ? (
      <ErrorState error={error} onRetry={() => void refetch()} isCompact />
    ) : (
      <div role="status" aria-label={t('Loading the curve')} className="px-3 py-2">
        <Skeleton className="h-48" />
      </div>
    );
  }
  return (
    <section aria-label={t('Curve of the day')} className="grid gap-1 border-line border-b px-3 py-2">
      {error && <StaleNotice error={error} onRetry={() => void refetch()} />}
      <Marks curve={data} />
      <Picture curve={data} />
      <LeftOut curve={data} />
    </section>
  );
}
