import { cn } from '@/lib/cn';
import { type StakesKind, useStakes } from '@/lib/session/stakes';

const LOOK: Record<StakesKind, string> = {
  live: 'bg-live-fill text-on-live',
  practice: 'bg-practice-fill text-white',
  paper: 'bg-paper-fill text-white',
  none: 'bg-raised text-muted',
};

/** Whether money is real, in one word. */
export function StakesBadge({ className }: { className?: string }) {
  const { kind, word, meaning } = useStakes();
  return (
    <span
      title={meaning}
      className={cn(
        'inline-flex items-center rounded-[3px] px-1.5 font-bold text-2xs leading-4',
        LOOK[kind],
        className,
      )}
    >
      {word}
    </span>
  );
}
