import {
  type PointerEvent as ReactPointerEvent,
  type RefObject,
  useCallback,
  useEffect,
  useRef,
  useState,
} from 'react';
import type { Line } from '@/features/watchlist/model/lines';
import { type Moved, type Target, targetAt } from '@/features/watchlist/model/moves';
import type { List } from '@/lib/watchlists/model';

const MOUSE_SLOP = 5;
const TOUCH_SLOP = 10;
const LONG_PRESS_MS = 350;
const SPRING_MS = 600;
const EDGE = 28;
const SCROLL_STEP = 9;

interface DragOptions {
  list: List | undefined;
  lines: readonly Line[];
  /** The line at a height within the scroller's content, and whether it is the lower half of it. */
  lineAt: (y: number) => { at: number; isAfter: boolean };
  scroller: RefObject<HTMLElement | null>;
  isEnabled: boolean;
  /** Rested over the tab of a list (an element with `data-drop-list`): show it. */
  onRest: (list: string) => void;
  onDrop: (moved: Moved, target: Target) => void;
  onDropOnList: (moved: Moved, list: string) => void;
}

interface Drag {
  moved: Moved;
  target: Target | null;
  overList: string | null;
}

/** What is watched while a pointer is down: everything here is undone by `stop`. */
interface Press {
  moved: Moved;
  x: number;
  y: number;
  isDragging: boolean;
  stop: () => void;
}

function swallowNextClick(): void {
  const swallow = (event: Event) => {
    event.stopPropagation();
    event.preventDefault();
  };
  addEventListener('click', swallow, { capture: true, once: true });
  setTimeout(() => removeEventListener('click', swallow, { capture: true }), 0);
}

/**
 * Rows and groups that follow the pointer: by the mouse at once, by touch after a long press. Nothing is rendered per
 * move but when the place changes; the chip at the pointer is moved by style. Esc lets everything stay.
 */
export function useDrag(options: DragOptions) {
  const [drag, setDrag] = useState<Drag | null>(null);
  const chip = useRef<HTMLDivElement>(null);
  const latest = useRef(options);
  latest.current = options;
  const press = useRef<Press | null>(null);
  const pointer = useRef({ x: 0, y: 0 });
  const now = useRef<Drag | null>(null);

  const show = useCallback((next: Drag | null) => {
    now.current = next;
    setDrag((before) => (isSameDrag(before, next) ? before : next));
  }, []);

  const look = useCallback(() => {
    const current = press.current;
    if (!current?.isDragging) return;
    const { x, y } = pointer.current;
    if (chip.current) chip.current.style.transform = `translate(${x + 12}px, ${y + 8}px)`;
    show({ moved: current.moved, ...under(latest.current, current.moved, x, y) });
  }, [show]);

  const begin = useCallback(
    (event: ReactPointerEvent, moved: Moved) => {
      if (!latest.current.isEnabled || event.button !== 0) return;
      // A heading is carried by its button; every other control keeps its press.
      if ((event.target as Element).closest('a, input, button:not([data-heading])')) return;
      press.current?.stop();
      press.current = watchPress(event, moved, { latest, pointer, now, look, show, press });
    },
    [look, show],
  );

  const overList = drag?.overList ?? null;
  useEffect(() => {
    if (overList === null) return;
    const timer = setTimeout(() => latest.current.onRest(overList), SPRING_MS);
    return () => clearTimeout(timer);
  }, [overList]);
  useEffect(() => () => press.current?.stop(), []);
  // A list that is shown in the middle of a drag has other lines under the pointer.
  // biome-ignore lint/correctness/useExhaustiveDependencies: looks again when the lines change.
  useEffect(look, [options.lines, look]);

  return { drag, chip, begin };
}

function isSameDrag(one: Drag | null, other: Drag | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function under({ list, lines, lineAt, scroller }: DragOptions, moved: Moved, x: number, y: number) {
  const tab = document.elementFromPoint?.(x, y)?.closest<HTMLElement>('[data-drop-list]');
  if (tab) return { target: null, overList: tab.dataset.dropList ?? null };
  const box = scroller.current?.getBoundingClientRect();
  const isInside = box && x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
  if (!list || !box || !isInside) return { target: null, overList: null };
  const { at, isAfter } = lineAt(y - box.top + (scroller.current?.scrollTop ?? 0));
  return { target: targetAt(moved, list, lines, at, isAfter), overList: null };
}

interface Watching {
  latest: RefObject<DragOptions>;
  pointer: RefObject<{ x: number; y: number }>;
  now: RefObject<Drag | null>;
  look: () => void;
  show: (drag: Drag | null) => void;
  press: RefObject<Press | null>;
}

function watchPress(event: ReactPointerEvent, moved: Moved, watching: Watching): Press {
  const { latest, pointer, now, look, show, press } = watching;
  const isTouch = event.pointerType === 'touch';
  const id = event.pointerId;
  let scrolling = 0;
  let longPress: ReturnType<typeof setTimeout> | undefined;

  const start = () => {
    mine.isDragging = true;
    document.body.style.userSelect = 'none';
    scrolling = requestAnimationFrame(scroll);
    look();
  };
  const scroll = () => {
    const box = latest.current.scroller.current?.getBoundingClientRect();
    const { x, y } = pointer.current;
    if (box && x >= box.left && x <= box.right) {
      const by = y < box.top + EDGE ? -SCROLL_STEP : y > box.bottom - EDGE ? SCROLL_STEP : 0;
      if (by && y > box.top - EDGE) {
        latest.current.scroller.current?.scrollBy(0, by);
        look();
      }
    }
    scrolling = requestAnimationFrame(scroll);
  };
  const move = (at: PointerEvent) => {
    if (at.pointerId !== id) return;
    pointer.current = { x: at.clientX, y: at.clientY };
    const way = Math.hypot(at.clientX - mine.x, at.clientY - mine.y);
    if (mine.isDragging) look();
    else if (isTouch && way > TOUCH_SLOP) mine.stop();
    else if (!isTouch && way > MOUSE_SLOP) start();
  };
  const up = (at: PointerEvent) => {
    if (at.pointerId !== id) return;
    const last = now.current;
    const wasDragging = mine.isDragging;
    mine.stop();
    if (!wasDragging) return;
    swallowNextClick();
    if (last?.overList) latest.current.onDropOnList(moved, last.overList);
    else if (last?.target) latest.current.onDrop(moved, last.target);
  };
  const cancel = (at: PointerEvent) => at.pointerId === id && mine.stop();
  const keep = (at: TouchEvent) => mine.isDragging && at.preventDefault();
  const key = (at: KeyboardEvent) => {
    if (at.key !== 'Escape' || !mine.isDragging) return;
    at.stopPropagation();
    mine.stop();
  };
  const mine: Press = {
    moved,
    x: event.clientX,
    y: event.clientY,
    isDragging: false,
    stop: () => {
      clearTimeout(longPress);
      cancelAnimationFrame(scrolling);
      removeEventListener('pointermove', move);
      removeEventListener('pointerup', up);
      removeEventListener('pointercancel', cancel);
      removeEventListener('touchmove', keep);
      removeEventListener('keydown', key, { capture: true });
      document.body.style.userSelect = '';
      press.current = null;
      show(null);
    },
  };
  pointer.current = { x: event.clientX, y: event.clientY };
  if (isTouch) longPress = setTimeout(start, LONG_PRESS_MS);
  addEventListener('pointermove', move);
  addEventListener('pointerup', up);
  addEventListener('pointercancel', cancel);
  addEventListener('touchmove', keep, { passive: false });
  addEventListener('keydown', key, { capture: true });
  return mine;
}
