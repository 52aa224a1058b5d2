import type { ComponentProps, ReactNode } from 'react';
import { type CurveShape, HEIGHT, WIDTH } from '@/components/chart/curve-shape';
import { cn } from '@/lib/cn';
import { formatCompact, toneOf } from '@/lib/format';

const STROKES = { up: 'stroke-up', down: 'stroke-down', flat: 'stroke-muted' } as const;

interface CurveProps extends Pick<ComponentProps<'svg'>, 'onPointerMove' | 'onPointerLeave'> {
  shape: CurveShape;
  /** What the picture says, for who cannot see it. */
  label: string;
  /** Up and down by colour; the words say it, too. */
  result: number;
  className: string;
  /** Drawn behind the line. */
  behind?: ReactNode;
  /** Drawn over the line. */
  above?: ReactNode;
  /** What stands under the picture. */
  children?: ReactNode;
}

/** A line of money with its highest and lowest amount at the side. */
export function Curve({ shape, label, result, className, behind, above, children, ...pointer }: CurveProps) {
  return (
    <div className="flex gap-2">
      <div className="relative min-w-0 flex-1">
        <svg
          role="img"
          aria-label={label}
          viewBox={`0 -4 ${WIDTH} ${HEIGHT + 8}`}
          preserveAspectRatio="none"
          className={cn('w-full', className)}
          {...pointer}
        >
          {behind}
          <polyline
            points={shape.line}
            fill="none"
            strokeWidth={2}
            strokeLinejoin="round"
            vectorEffect="non-scaling-stroke"
            className={STROKES[toneOf(result)]}
          />
          {above}
        </svg>
        {children}
      </div>
      <div
        aria-hidden
        className={cn(
          'flex w-16 shrink-0 flex-col justify-between text-right text-2xs text-muted tabular-nums',
          className,
        )}
      >
        <span>{formatCompact(shape.high)}</span>
        <span>{formatCompact(shape.low)}</span>
      </div>
    </div>
  );
}
