import { useEffect, useState } from 'react';

/** `4:05` until an instant, `0:00` from then on; both epoch milliseconds. */
export function countdown(until: number, now: number): string {
  const seconds = Math.max(0, Math.ceil((until - now) / 1000));
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes}:${String(seconds % 60).padStart(2, '0')}`
    : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
}

/** How far a price moved since, percent; `null` where either is not known. */
export function movedPercent(then: number | null, now: number | null): number | null {
  return then === null || now === null || then === 0 ? null : ((now - then) / then) * 100;
}

/** The time, epoch milliseconds, anew each second while the component stands. */
export function useSecond(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
