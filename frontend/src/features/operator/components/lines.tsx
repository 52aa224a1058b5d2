import { useState } from 'react';
import { HEIGHT, type Line, nearest, shapeOf, WIDTH } from '@/features/operator/hooks/lines-shape';
import { cn } from '@/lib/cn';
import { formatClock } from '@/lib/format';
import { t } from '@/messages/words';

const STROKES = ['stroke-accent', 'stroke-buy', 'stroke-down'] as const;
const SWATCHES = ['bg-accent', 'bg-buy', 'bg-down'] as const;
// Told apart without colours, too.
const DASHES = [undefined, '8 4', '2 4'] as const;

interface LinesProps {
  title: string;
  lines: readonly Line[];
  format: (value: number) => string;
}

function hour(at: number): string {
  return formatClock(new Date(at)).slice(0, 5);
}

/** Up to three lines over time, from zero; the figures under the pointer, else the last ones, stand beside their names. */
export function Lines({ title, lines, format }: LinesProps) {
  const [share, setShare] = useState<number | null>(null);
  const shape = shapeOf(lines);
  const shown = lines.map(({ label, points }) => {
    const point = shape && share !== null ? nearest(points, shape, share) : points.at(-1);
    return { label, at: point?.[0], text: point?.[1] == null ? '–' : format(point[1]) };
  });
  return (
    <figure className="grid min-w-0 content-start gap-1 px-3 py-2">
      <figcaption className="flex flex-wrap items-baseline gap-x-3 text-xs">
        <span className="font-medium">{title}</span>
        {shown.map(({ label, text }, index) => (
          <span key={label} className="inline-flex items-center gap-1 text-muted tabular-nums">
            <span aria-hidden className={cn('inline-block h-0.5 w-3', SWATCHES[index])} />
            {lines.length > 1 && label} <span className="text-text">{text}</span>
          </span>
        ))}
        {share !== null && shown[0]?.at !== undefined && (
          <span className="text-muted tabular-nums">{formatClock(new Date(shown[0].at))}</span>
        )}
      </figcaption>
      {shape ? (
        <>
          <svg
            role="img"
            aria-label={t('{{title}}: {{figures}}', {
              title,
              figures: shown.map(({ label, text }) => `${label} ${text}`).join(', '),
            })}
            viewBox={`0 -2 ${WIDTH} ${HEIGHT + 4}`}
            preserveAspectRatio="none"
            className="h-24 w-full border-line border-b"
            onPointerMove={({ currentTarget, clientX }) => {
              const { left, width } = currentTarget.getBoundingClientRect();
              setShare((clientX - left) / width);
            }}
            onPointerLeave={() => setShare(null)}
          >
            {shape.paths.map((path, index) => (
              <path
                key={lines[index]?.label}
                d={path}
                fill="none"
                strokeWidth={1.5}
                strokeLinejoin="round"
                strokeLinecap="round"
                strokeDasharray={DASHES[index]}
                vectorEffect="non-scaling-stroke"
                className={STROKES[index]}
              />
            ))}
          </svg>
          <div className="flex justify-between text-2xs text-muted tabular-nums">
            <span>{hour(shape.from)}</span>
            <span>{t('axis to {{top}}', { top: format(shape.top) })}</span>
            <span>{hour(shape.to)}</span>
          </div>
        </>
      ) : (
        <p className="grid h-28 place-items-center text-muted text-xs">{t('Nothing was measured yet')}</p>
      )}
    </figure>
  );
}
