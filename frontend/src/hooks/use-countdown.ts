import { useEffect, useState } from 'react';

/** Whole seconds until an instant (epoch milliseconds), 0 when it is over or there is none. Ticks while it runs. */
export function useCountdown(until: number | null): number {
  const [now, setNow] = useState(() => Date.now());
  const isRunning = until !== null && until > now;
  useEffect(() => {
    setNow(Date.now());
    if (until === null || until <= Date.now()) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [until]);
  return isRunning ? Math.ceil((until - now) / 1000) : 0;
}

/** `0:42`, `14:05`: what is left of a wait. */
export function clockOf(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
