import { type PointerEvent, type RefObject, useCallback, useEffect, useRef, useState } from 'react';
import type { Column } from '@/components/data-table/types';
import { DepthPopover } from '@/features/watchlist/components/depth-popover';
import { GroupLine } from '@/features/watchlist/components/group-line';
import { RowMenu } from '@/features/watchlist/components/row-menu';
import { WatchRow } from '@/features/watchlist/components/watch-row';
import type { useDrag } from '@/features/watchlist/hooks/use-drag';
import { useLineKeys } from '@/features/watchlist/hooks/use-line-keys';
import type { useLines } from '@/features/watchlist/hooks/use-lines';
import type { ListEdits } from '@/features/watchlist/hooks/use-list-edits';
import { useRowActs } from '@/features/watchlist/hooks/use-row-acts';
import type { Density } from '@/features/watchlist/hooks/use-watch-view';
import type { Line, RowLine } from '@/features/watchlist/model/lines';
import { describePlace, stepRow } from '@/features/watchlist/model/moves';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import { moveGroup, moveRow, setCollapsed } from '@/lib/watchlists/edits';
import { type Edit, type Group, isSame, type List, type Lists, type Row } from '@/lib/watchlists/model';
import { t } from '@/messages/words';

interface WatchLinesProps {
  lists: Lists;
  list: List;
  lines: readonly Line[];
  window: ReturnType<typeof useLines>;
  dragging: ReturnType<typeof useDrag>;
  scroller: RefObject<HTMLDivElement | null>;
  panelId: string;
  density: Density;
  columns: readonly Column<Row>[];
  isNarrow: boolean;
  isOwnOrder: boolean;
  selected?: InstrumentRef;
  edit: (edit: Edit) => void;
  edits: ListEdits;
  onSelect?: (ref: InstrumentRef) => void;
  onRenameGroup: (group: Group) => void;
}

/** The lines of one list: virtual, walked and moved by keyboard, carried by pointer. */
export function WatchLines(props: WatchLinesProps) {
  const { list, lines, window, dragging, edit, edits, isOwnOrder, isNarrow } = props;
  const latest = useRef(list);
  latest.current = list;
  const [activeKey, setActive] = useState<string | null>(null);
  const [menuKey, setMenu] = useState<string | null>(null);
  const [said, say] = useState('');
  const rows = useFocusedLine(lines, props.scroller, window.scrollTo);
  const anchor = useRef<HTMLElement>(null);

  const step = useCallback(
    (line: RowLine, by: -1 | 1) => {
      const place = isOwnOrder ? stepRow(latest.current, line.row, by) : null;
      if (!place) return;
      const change = moveRow(latest.current.id, line.row, place);
      edit(change);
      rows.keep(line.key);
      const after = change([latest.current])[0];
      const where = after && describePlace(after, line.row);
      if (where)
        say(t('{{symbol}} is {{place}} of {{count}} in {{group}}', { symbol: line.row.symbol, ...where }));
    },
    [edit, isOwnOrder, rows.keep],
  );
  const { act, depthOf, closeDepth } = useRowActs({ list: latest, edits, step, onSelect: props.onSelect });
  // Kept when the depth closes: the focus goes back there.
  if (depthOf) anchor.current = rows.elementOf(depthOf.key);

  const stepGroup = (id: string, by: -1 | 1) => {
    const at = list.groups.findIndex((group) => group.id === id) + by;
    if (!isOwnOrder || at < 0 || at >= list.groups.length) return;
    edit(moveGroup(list.id, id, { list: list.id, index: at }));
    rows.keep(`group:${id}`);
    say(t('The group is {{place}} of {{count}}', { place: at + 1, count: list.groups.length }));
  };
  const onKeyDown = useLineKeys({
    lines,
    current: rows.current,
    focusLine: rows.focus,
    act,
    open: (line) => act(props.onSelect ? 'select' : 'chart', line),
    openMenu: (line) => setMenu(line.key),
    stepGroup,
    fold: (id, collapsed) => edit(setCollapsed(list.id, id, collapsed)),
  });
  const onPress = useCallback(
    (event: PointerEvent, line: RowLine) =>
      dragging.begin(event, { kind: 'row', list: latest.current.id, line }),
    [dragging.begin],
  );
  const moved = dragging.drag?.moved;

  const menuOf = (line: RowLine) => (
    <RowMenu
      line={line}
      isOwnOrder={isOwnOrder}
      places={placesFor(props.lists, list, line, edit)}
      isOpen={menuKey === line.key}
      onOpenChange={(isOpen) => setMenu(isOpen ? line.key : null)}
      act={(what) => act(what, line)}
    />
  );
  const lineOf = (at: number) => {
    const line = lines[at];
    if (!line) return null;
    const box = { top: window.topOf(at), height: window.heightOf(at) };
    if (line.kind === 'gap') {
      return (
        <li
          key={line.key}
          className="absolute inset-x-0 flex items-center border-line border-b px-2 text-muted text-xs"
          style={{ transform: `translateY(${box.top}px)`, height: box.height }}
        >
          {t('Empty: drag instruments here')}
        </li>
      );
    }
    if (line.kind === 'group') {
      const { group } = line;
      return (
        <GroupLine
          key={line.key}
          group={group}
          {...box}
          isDragged={moved?.kind === 'group' && moved.id === group.id}
          isReachable={at === rows.current}
          onToggle={() => edit(setCollapsed(list.id, group.id, !group.collapsed))}
          onRename={() => props.onRenameGroup(group)}
          onDissolve={() => edits.dissolve(list, group)}
          onPress={(event) => dragging.begin(event, { kind: 'group', list: list.id, id: group.id })}
          onActive={() => setActive(null)}
        />
      );
    }
    const isActive = activeKey === line.key || menuKey === line.key;
    return (
      <WatchRow
        key={line.key}
        line={line}
        at={at}
        count={lines.length}
        {...box}
        density={props.density}
        columns={props.columns}
        isNarrow={isNarrow}
        isReachable={at === rows.current}
        isSelected={props.selected !== undefined && isSame(props.selected, line.row)}
        isDragged={moved?.kind === 'row' && moved.line.key === line.key}
        isActive={isActive}
        menu={isActive || isNarrow ? menuOf(line) : null}
        act={act}
        onActive={setActive}
        onPress={onPress}
      />
    );
  };

  return (
    <>
      <div ref={props.scroller} className="@container relative min-h-0 flex-1 overflow-auto">
        <ul
          id={props.panelId}
          aria-label={list.name}
          onKeyDown={onKeyDown}
          onFocus={rows.onFocus}
          onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && setActive(null)}
          onPointerLeave={() => setActive(null)}
          className="relative select-none"
          style={{ height: window.total }}
        >
          {window.shown.map(({ index }) => lineOf(index))}
        </ul>
        <DropMark dragging={dragging} window={window} />
      </div>
      <output className="sr-only">{said}</output>
      <DepthPopover of={depthOf?.row ?? null} anchor={anchor} onClose={closeDepth} />
    </>
  );
}

function DropMark({ dragging, window }: Pick<WatchLinesProps, 'dragging' | 'window'>) {
  const target = dragging.drag?.target;
  if (!target) return null;
  const y = window.topOf(target.line) + (target.isAfter ? window.heightOf(target.line) : 0);
  return (
    <div
      aria-hidden
      data-drop-mark
      className="pointer-events-none absolute inset-x-1 top-0 z-10 h-0.5 rounded bg-accent"
      style={{ transform: `translateY(${y - 1}px)` }}
    />
  );
}

/** Everywhere else a row may stand: the groups of its list, and the other lists. */
function placesFor(lists: Lists, list: List, line: RowLine, edit: (edit: Edit) => void) {
  const groups = list.groups
    .filter(({ id }) => id !== line.group)
    .map((group) => ({
      key: `group:${group.id}`,
      name: group.name || t('Above the groups'),
      move: () =>
        edit(moveRow(list.id, line.row, { list: list.id, group: group.id, index: group.symbols.length })),
    }));
  const others = lists
    .filter(
      (other) =>
        other.id !== list.id &&
        !other.groups.some(({ symbols }) => symbols.some((row) => isSame(row, line.row))),
    )
    .map((other) => {
      const last = other.groups.at(-1);
      const place = { list: other.id, group: last?.id ?? '', index: last?.symbols.length ?? 0 };
      return {
        key: `list:${other.id}`,
        name: other.name,
        move: () => edit(moveRow(list.id, line.row, place)),
      };
    });
  return [...groups, ...others];
}

/** One line can be reached by Tab, the others by arrows; focus stays on a line that moves. */
function useFocusedLine(
  lines: readonly Line[],
  scroller: RefObject<HTMLElement | null>,
  scrollTo: (at: number) => void,
) {
  const [key, setKey] = useState<string | null>(null);
  const kept = useRef<string | null>(null);
  const elementOf = useCallback(
    (wanted: string): HTMLElement | null => {
      const line = scroller.current?.querySelector<HTMLElement>(`[data-line="${CSS.escape(wanted)}"]`);
      return line?.querySelector<HTMLElement>('[data-heading]') ?? line ?? null;
    },
    [scroller],
  );
  const focusSoon = useCallback(
    (wanted: string) => requestAnimationFrame(() => elementOf(wanted)?.focus({ preventScroll: true })),
    [elementOf],
  );
  const found = lines.findIndex((line) => line.key === key);
  useEffect(() => {
    if (kept.current === null) return;
    const at = lines.findIndex((line) => line.key === kept.current);
    if (at < 0) return;
    scrollTo(at);
    focusSoon(kept.current);
    kept.current = null;
  });
  return {
    current: Math.max(0, found),
    elementOf,
    focus: (at: number) => {
      const line = lines[at];
      if (!line) return;
      setKey(line.key);
      scrollTo(at);
      focusSoon(line.key);
    },
    keep: useCallback((wanted: string) => {
      kept.current = wanted;
      setKey(wanted);
    }, []),
    onFocus: (event: React.FocusEvent) => {
      const line = (event.target as HTMLElement).closest<HTMLElement>('[data-line]')?.dataset.line;
      if (line) setKey(line);
    },
  };
}
