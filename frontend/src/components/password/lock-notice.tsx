import { useState } from 'react';
import { clockOf, useCountdown } from '@/hooks/use-countdown';
import { ApiError } from '@/lib/api/errors';
import { t } from '@/messages/words';

/** Counts down the wait that a refusal told, and says meanwhile that trying again is pointless. */
export function useLock() {
  const [until, setUntil] = useState<number | null>(null);
  const left = useCountdown(until);
  return {
    left,
    /** Takes the wait out of a refusal, if it tells one. */
    see(error: unknown) {
      const wait = error instanceof ApiError ? error.retryAfter : null;
      setUntil(wait === null ? null : Date.now() + wait * 1000);
    },
  };
}

/** The words are read out once; only the figures move, silently. */
export function LockNotice({ left }: { left: number }) {
  if (left === 0) return null;
  return (
    <p className="rounded border border-warn px-3 py-2 text-warn">
      <span role="alert">{t('Too many wrong attempts. You can try again in')}</span>{' '}
      <time className="font-medium tabular-nums" dateTime={`PT${left}S`}>
        {clockOf(left)}
      </time>
    </p>
  );
}
