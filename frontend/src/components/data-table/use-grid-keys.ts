import type { KeyboardEvent } from 'react';
import type { Line } from '@/components/data-table/lines';

const PAGE = 20;
/** Where a key means a character. */
const TYPED_IN = ['input', 'select', 'textarea'].join();
const UNMARKING = { Escape: true };

/** The line a key leads to, or `null` where it leads nowhere. */
export function nextIndex(key: string, at: number, last: number): number | null {
  const target: Record<string, number> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    Home: 0,
    End: last,
    PageDown: at + PAGE,
    PageUp: at - PAGE,
  };
  const index = target[key];
  return index === undefined ? null : Math.min(last, Math.max(0, index));
}

/** Left and right walk the controls of a row; left of the first one is the row itself. */
function walkAcross(event: KeyboardEvent, row: HTMLTableRowElement): boolean {
  if (event.key !== 'ArrowRight' && event.key !== 'ArrowLeft') return false;
  if (event.altKey || event.ctrlKey || event.metaKey) return false;
  const controls = [...row.querySelectorAll<HTMLElement>('a[href], button:not(:disabled)')];
  const at = controls.indexOf(document.activeElement as HTMLElement);
  const next = at + (event.key === 'ArrowRight' ? 1 : -1);
  if (next >= controls.length || at + next < -1) return true;
  (next < 0 ? row : controls[next])?.focus();
  return true;
}

interface GridKeys<Row> {
  lines: readonly Line<Row>[];
  at: number;
  goTo: (index: number) => void;
  onOpen: ((row: Row) => void) | undefined;
  onFold: (group: string) => void;
  onMark: ((row: Row, isRange: boolean) => void) | undefined;
  onMarkAll: (() => void) | undefined;
  onUnmark: (() => void) | undefined;
}

/** What the keyboard does in a table: arrows, Home and End walk, Enter opens, Space marks, Ctrl A marks all. */
export function gridKeys<Row>(keys: GridKeys<Row>) {
  return (event: KeyboardEvent) => {
    const row = (event.target as HTMLElement).closest('tr');
    if (!row || (event.target as HTMLElement).closest(TYPED_IN)) return;
    if (walkAcross(event, row)) {
      event.preventDefault();
      return;
    }
    const index = nextIndex(event.key, keys.at, keys.lines.length - 1);
    if (index !== null && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      if (event.shiftKey) markThrough(keys, keys.at, index);
      keys.goTo(index);
      return;
    }
    if (event.target === row) actOn(keys, event);
  };
}

function markThrough<Row>({ lines, onMark }: GridKeys<Row>, from: number, to: number): void {
  for (const index of [from, to]) {
    const line = lines[index];
    if (line?.kind === 'row') onMark?.(line.row, true);
  }
}

function actOn<Row>(keys: GridKeys<Row>, event: KeyboardEvent): void {
  const line = keys.lines[keys.at];
  const isAll = event.key.toLowerCase() === 'a' && (event.ctrlKey || event.metaKey);
  if (!line || !(isAll || event.key in UNMARKING || ['Enter', ' '].includes(event.key))) return;
  const act = isAll
    ? keys.onMarkAll
    : event.key in UNMARKING
      ? keys.onUnmark
      : line.kind === 'group'
        ? () => keys.onFold(line.group)
        : event.key === 'Enter'
          ? keys.onOpen && (() => keys.onOpen?.(line.row))
          : keys.onMark && (() => keys.onMark?.(line.row, false));
  if (!act) return;
  event.preventDefault();
  act();
}
