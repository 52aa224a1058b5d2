import { useCallback, useEffect, useEffectEvent, useLayoutEffect, useRef, useState } from 'react';
import { useKeptDesk } from '@/features/workspace/api/kept-desk';
import type { Desk } from '@/features/workspace/model/desk';

const SETTLE_MS = 500;

/**
 * The workspace as it stands here, kept by the server once it rests for half a second. It is read when the page opens;
 * another browser's changes come with the next opening, since panels that move by themselves help nobody.
 */
export function useDesk() {
  const kept = useKeptDesk();
  const [own, setOwn] = useState<Desk | null>(null);
  const unsaved = useRef<Desk | null>(null);
  const [opened, setOpened] = useState<Desk | null>(null);
  if (opened === null && kept.isLoaded) setOpened(kept.value);
  const desk = own ?? opened ?? kept.value;
  const flush = useEffectEvent(() => {
    const waiting = unsaved.current;
    unsaved.current = null;
    if (waiting) kept.save(waiting);
  });
  useEffect(() => {
    if (own === null) return;
    const timer = setTimeout(() => flush(), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [own]);
  useEffect(() => {
    const leave = () => flush();
    addEventListener('pagehide', leave);
    return () => {
      removeEventListener('pagehide', leave);
      leave();
    };
  }, []);
  const latest = useRef(desk);
  useLayoutEffect(() => {
    latest.current = desk;
  });
  const change = useCallback((update: (desk: Desk) => Desk) => {
    const next = update(latest.current);
    if (next === latest.current) return;
    latest.current = next;
    unsaved.current = next;
    setOwn(next);
  }, []);
  return { desk, change, isLoaded: kept.isLoaded };
}
