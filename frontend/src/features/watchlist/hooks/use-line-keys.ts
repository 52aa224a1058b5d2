import type { KeyboardEvent } from 'react';
import type { RowAct } from '@/features/watchlist/components/row-menu';
import type { Line, RowLine } from '@/features/watchlist/model/lines';

const PAGE = 12;
const ACTS: Record<string, RowAct> = { d: 'depth', c: 'chart', o: 'chain', Delete: 'remove' };

interface Options {
  lines: readonly Line[];
  current: number;
  focusLine: (at: number) => void;
  act: (act: RowAct, line: RowLine) => void;
  open: (line: RowLine) => void;
  openMenu: (line: RowLine) => void;
  stepGroup: (id: string, by: -1 | 1) => void;
  fold: (id: string, collapsed: boolean) => void;
}

function walkTo({ lines, current }: Options, key: string): number | null {
  const last = lines.length - 1;
  const target = {
    ArrowDown: current + 1,
    ArrowUp: current - 1,
    Home: 0,
    End: last,
    PageDown: current + PAGE,
    PageUp: current - PAGE,
  }[key];
  if (target === undefined) return null;
  const step = target < current ? -1 : 1;
  let at = Math.max(0, Math.min(last, target));
  // The room of an empty group takes no focus.
  while (lines[at]?.kind === 'gap' && lines[at + step]) at += step;
  return lines[at]?.kind === 'gap' ? current : at;
}

/** Keys of the focused line; answers whether the key was one of them. */
function handle(options: Options, event: KeyboardEvent): boolean {
  const { lines, current, act } = options;
  const line = lines[current];
  if (!line || event.ctrlKey || event.metaKey) return false;
  if (event.altKey) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key] as -1 | 1 | undefined;
    if (!by) return false;
    if (line.kind === 'row') act(by === -1 ? 'up' : 'down', line);
    else if (line.kind === 'group') options.stepGroup(line.group.id, by);
    return true;
  }
  if (event.key === 'ContextMenu' || (event.shiftKey && event.key === 'F10')) {
    if (line.kind === 'row') options.openMenu(line);
    return line.kind === 'row';
  }
  const target = walkTo(options, event.key);
  if (target !== null) options.focusLine(target);
  else if (line.kind === 'group' && event.key === 'ArrowLeft') options.fold(line.group.id, true);
  else if (line.kind === 'group' && event.key === 'ArrowRight') options.fold(line.group.id, false);
  else if (line.kind === 'row' && event.key === 'Enter') options.open(line);
  else if (line.kind === 'row' && !event.shiftKey && ACTS[event.key]) act(ACTS[event.key] as RowAct, line);
  else return false;
  return true;
}

/** The keyboard of the list: arrows walk, Alt and arrows move, letters act on the focused row. */
export function useLineKeys(options: Options) {
  return (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    // Buttons within a row and menus over it have keys of their own.
    if (!target.matches('[data-line], [data-heading]')) return;
    if (!handle(options, event)) return;
    event.preventDefault();
    event.stopPropagation();
  };
}
