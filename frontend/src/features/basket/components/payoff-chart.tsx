import { type KeyboardEvent, type PointerEvent, useState } from 'react';
import type { Payoff } from '@/features/basket/api/payoff';
import { useSize } from '@/features/basket/hooks/use-size';
import {
  area,
  type Frame,
  line,
  linear,
  nearest,
  range,
  type Scale,
  ticks,
} from '@/features/basket/model/chart';
import { formatCompact, formatPrice, formatSigned } from '@/lib/format';
import { t } from '@/messages/words';

const MARGIN = { left: 64, right: 12, top: 12, bottom: 26 };

function frameOf(width: number, height: number): Frame {
  return { width, height, ...MARGIN };
}

function rupees(value: number): string {
  return `${value > 0 ? '+' : ''}${formatCompact(Math.round(value))}`;
}

interface PayoffChartProps {
  payoff: Payoff;
  /** What the second curve is called: the day and volatility it stands for. */
  targetName: string;
}

/**
 * Profit and loss over the underlying's price. The cross-hair follows the pointer, or the arrow keys as a slider that
 * says its figures; the same figures stand in a table below.
 */
export function PayoffChart({ payoff, targetName }: PayoffChartProps) {
  const { ref, width, height } = useSize();
  const [at, setAt] = useState<number | null>(null);
  const { prices } = payoff;
  const last = prices.length - 1;
  const frame = frameOf(width, height);
  const ends: [number, number] = [prices[0] ?? 0, prices[last] ?? 1];
  const x = linear(ends, [frame.left, Math.max(frame.left + 1, width - frame.right)]);
  const [low, high] = range([payoff.expiry, payoff.target]);
  const y = linear([low, high], [Math.max(frame.top + 1, height - frame.bottom), frame.top]);
  const home = nearest(prices, payoff.spot);
  const place = Math.min(at ?? home, last);

  const onPointer = (event: PointerEvent) => {
    const { left } = event.currentTarget.getBoundingClientRect();
    setAt(nearest(prices, x.invert(event.clientX - left)));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, number> = {
      ArrowLeft: -1,
      ArrowRight: 1,
      PageDown: -20,
      PageUp: 20,
      Home: -last,
      End: last,
    };
    const step = steps[event.key];
    if (event.key === 'Escape') setAt(null);
    else if (step === undefined) return;
    else setAt(Math.min(last, Math.max(0, place + step)));
    event.preventDefault();
  };
  return (
    <div
      ref={ref}
      role="slider"
      tabIndex={0}
      aria-label={t('Payoff at a price of the underlying')}
      aria-orientation="horizontal"
      aria-valuemin={ends[0]}
      aria-valuemax={ends[1]}
      aria-valuenow={prices[place] ?? 0}
      aria-valuetext={readout(payoff, place, targetName)}
      onPointerMove={onPointer}
      onPointerDown={onPointer}
      onPointerLeave={() => setAt(null)}
      onBlur={() => setAt(null)}
      onKeyDown={onKeyDown}
      className="relative h-full min-h-56 touch-pan-y select-none outline-offset-[-2px]"
    >
      {width > 0 && (
        <svg width={width} height={height} aria-hidden className="block">
          <Grid frame={frame} x={x} y={y} ends={ends} amounts={[low, high]} />
          <Curves payoff={payoff} x={x} y={y} frame={frame} />
          <Marks payoff={payoff} x={x} y={y} frame={frame} />
          {at !== null && <CrossHair payoff={payoff} place={place} x={x} y={y} frame={frame} />}
        </svg>
      )}
      {at !== null && <Bubble payoff={payoff} place={place} x={x} width={width} targetName={targetName} />}
    </div>
  );
}

function readout({ prices, expiry, target }: Payoff, place: number, targetName: string): string {
  const parts = [formatPrice(prices[place])];
  if (expiry) parts.push(t('at expiry {{amount}}', { amount: formatSigned(expiry[place]) }));
  if (target) parts.push(`${targetName} ${formatSigned(target[place])}`);
  return parts.join(', ');
}

interface Drawn {
  payoff: Payoff;
  x: Scale;
  y: Scale;
  frame: Frame;
}

interface GridProps {
  frame: Frame;
  x: Scale;
  y: Scale;
  ends: [number, number];
  amounts: [number, number];
}

function Grid({ frame, x, y, ends, amounts }: GridProps) {
  const bottom = frame.height - frame.bottom;
  return (
    <g className="fill-muted text-2xs tabular-nums" fontSize={11}>
      {ticks(amounts[0], amounts[1], 6).map((amount) => (
        <g key={amount}>
          <line
            x1={frame.left}
            x2={frame.width - frame.right}
            y1={y(amount)}
            y2={y(amount)}
            className={amount === 0 ? 'stroke-muted' : 'stroke-line'}
          />
          <text x={frame.left - 6} y={y(amount) + 4} textAnchor="end">
            {rupees(amount)}
          </text>
        </g>
      ))}
      {ticks(ends[0], ends[1], Math.max(2, Math.floor(frame.width / 110))).map((price) => (
        <text key={price} x={x(price)} y={bottom + 17} textAnchor="middle">
          {price.toLocaleString('en-IN')}
        </text>
      ))}
    </g>
  );
}

function Curves({ payoff, x, y, frame }: Drawn) {
  const { prices, expiry, target } = payoff;
  const zero = y(0);
  const inner = { x: frame.left, width: Math.max(0, frame.width - frame.left - frame.right) };
  return (
    <>
      {expiry && (
        <>
          <clipPath id="payoff-profit">
            <rect {...inner} y={frame.top} height={Math.max(0, zero - frame.top)} />
          </clipPath>
          <clipPath id="payoff-loss">
            <rect {...inner} y={zero} height={Math.max(0, frame.height - frame.bottom - zero)} />
          </clipPath>
          <path d={area(prices, expiry, x, y)} clipPath="url(#payoff-profit)" className="fill-up/20" />
          <path d={area(prices, expiry, x, y)} clipPath="url(#payoff-loss)" className="fill-down/20" />
          <g fill="none" strokeWidth={2}>
            <path d={line(prices, expiry, x, y)} clipPath="url(#payoff-profit)" className="stroke-up" />
            <path d={line(prices, expiry, x, y)} clipPath="url(#payoff-loss)" className="stroke-down" />
          </g>
        </>
      )}
      {target && (
        <path
          d={line(prices, target, x, y)}
          fill="none"
          strokeWidth={1.5}
          strokeDasharray="5 4"
          className="stroke-buy"
        />
      )}
    </>
  );
}

/** The underlying now, and the breakevens. */
function Marks({ payoff, x, y, frame }: Drawn) {
  const bottom = frame.height - frame.bottom;
  const [first = 0, final = 0] = [payoff.prices[0], payoff.prices.at(-1)];
  return (
    <g fontSize={11} className="tabular-nums">
      <line
        x1={x(payoff.spot)}
        x2={x(payoff.spot)}
        y1={frame.top}
        y2={bottom}
        strokeDasharray="2 3"
        className="stroke-accent"
      />
      <text x={x(payoff.spot) + 4} y={frame.top + 10} className="fill-accent-text">
        {formatPrice(payoff.spot)}
      </text>
      {payoff.terminal?.breakevens
        .filter((price) => price >= first && price <= final)
        .map((price) => (
          <g key={price}>
            <circle cx={x(price)} cy={y(0)} r={4} className="fill-panel stroke-text" strokeWidth={1.5} />
            <text x={x(price)} y={y(0) - 8} textAnchor="middle" className="fill-text">
              {price.toLocaleString('en-IN', { maximumFractionDigits: 0 })}
            </text>
          </g>
        ))}
    </g>
  );
}

function CrossHair({ payoff, place, x, y, frame }: Drawn & { place: number }) {
  const at = x(payoff.prices[place] ?? 0);
  return (
    <g>
      <line x1={at} x2={at} y1={frame.top} y2={frame.height - frame.bottom} className="stroke-line-strong" />
      {[payoff.expiry, payoff.target].map((curve, index) =>
        curve ? (
          <circle
            key={index === 0 ? 'expiry' : 'target'}
            cx={at}
            cy={y(curve[place] ?? 0)}
            r={3.5}
            className={index === 0 ? 'fill-text' : 'fill-buy'}
          />
        ) : null,
      )}
    </g>
  );
}

interface BubbleProps {
  payoff: Payoff;
  place: number;
  x: Scale;
  width: number;
  targetName: string;
}

function Bubble({ payoff, place, x, width, targetName }: BubbleProps) {
  const price = payoff.prices[place] ?? 0;
  const isRight = x(price) > width / 2;
  const away = ((price - payoff.spot) / payoff.spot) * 100;
  return (
    <div
      aria-hidden
      className="pointer-events-none absolute top-2 rounded border border-line-strong bg-panel px-2 py-1 text-xs tabular-nums shadow-[var(--shadow)]"
      style={isRight ? { right: width - x(price) + 10 } : { left: x(price) + 10 }}
    >
      <p className="font-semibold">
        {formatPrice(price)} <span className="font-normal text-muted">{formatSigned(away)}%</span>
      </p>
      {payoff.expiry && <p>{t('At expiry {{amount}}', { amount: formatSigned(payoff.expiry[place]) })}</p>}
      {payoff.target && (
        <p className="text-buy">
          {targetName} {formatSigned(payoff.target[place])}
        </p>
      )}
    </div>
  );
}
