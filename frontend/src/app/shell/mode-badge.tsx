import { cn } from '@/lib/cn';
import { useSession } from '@/lib/session/bootstrap';
import { modeWord } from '@/lib/session/schema';

/** Where orders go, always in sight. */
export function ModeBadge() {
  const { mode } = useSession();
  const isLive = mode === 'live';
  return (
    <span
      title={
        isLive ? 'Orders go to the active broker account' : 'Orders are simulated; nothing reaches the broker'
      }
      className={cn(
        'inline-flex h-6 items-center gap-1.5 rounded px-2 font-bold text-2xs',
        isLive ? 'border border-live text-live' : 'bg-paper-fill text-white',
      )}
    >
      <span aria-hidden className={cn('size-1.5 rounded-full', isLive ? 'bg-live' : 'bg-white')} />
      {modeWord(mode)}
    </span>
  );
}
