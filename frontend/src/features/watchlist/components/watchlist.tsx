import { useQuery } from '@tanstack/react-query';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { useId, useMemo, useRef, useState } from 'react';
import { ColumnsMenu } from '@/components/data-table/columns-menu';
import type { Column } from '@/components/data-table/types';
import { useTableLayout } from '@/components/data-table/use-table-layout';
import { SymbolPicker } from '@/components/market/symbol-picker';
import { Button } from '@/components/ui/button';
import { EmptyState, ErrorState, Skeleton, StaleNotice } from '@/components/ui/states';
import { ListMenu } from '@/features/watchlist/components/list-menu';
import { ListTabs } from '@/features/watchlist/components/list-tabs';
import { NameDialog, type NameRequest } from '@/features/watchlist/components/name-dialog';
import { roomOf, WATCH_COLUMNS } from '@/features/watchlist/components/watch-columns';
import { WatchLines } from '@/features/watchlist/components/watch-lines';
import { useChanges } from '@/features/watchlist/hooks/use-changes';
import { useDrag } from '@/features/watchlist/hooks/use-drag';
import { useLines } from '@/features/watchlist/hooks/use-lines';
import { useListEdits } from '@/features/watchlist/hooks/use-list-edits';
import { useWatchView } from '@/features/watchlist/hooks/use-watch-view';
import { hasPrice, linesOf, nextSort, type Sort } from '@/features/watchlist/model/lines';
import { useIsNarrow } from '@/hooks/use-media-query';
import { cn } from '@/lib/cn';
import { useQuoteSnapshot } from '@/lib/instruments/queries';
import { type InstrumentRef, instrumentKey } from '@/lib/market-data/protocol';
import { moveGroup, moveRow } from '@/lib/watchlists/edits';
import { type List, type Row, rowsOf, type Watchlists } from '@/lib/watchlists/model';
import { useEditWatchlists, watchlistsQuery } from '@/lib/watchlists/queries';
import { t } from '@/messages/words';

interface WatchlistProps {
  /** Called with the instrument of a row that is clicked or entered; without it Enter opens its chart. */
  onSelect?: (ref: InstrumentRef) => void;
  /** Marked among the rows. */
  selected?: InstrumentRef;
}

/** The live lists of instruments a trader keeps in sight: as wide as its place, docked or as a panel. */
export function Watchlist(props: WatchlistProps) {
  const { data, error, refetch } = useQuery(watchlistsQuery);
  return (
    <section aria-label={t('Watchlist')} className="flex min-h-0 min-w-0 flex-1 flex-col">
      {data ? (
        <>
          {error && <StaleNotice error={error} onRetry={() => void refetch()} />}
          <OpenLists {...props} data={data} />
        </>
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <div role="status" aria-label={t('Loading watchlist')} className="grid gap-2 p-2">
          {Array.from({ length: 12 }, (_, row) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity.
            <Skeleton key={row} className="h-5" />
          ))}
        </div>
      )}
    </section>
  );
}

/** What heads rows of two lines, and of a phone. */
const TWO_LINES = WATCH_COLUMNS.filter(({ id }) => id === 'ltp' || id === 'change');
const NO_LIST: List = { id: '', name: '', groups: [] };

function OpenLists({ data, onSelect, selected }: WatchlistProps & { data: Watchlists }) {
  const { lists, limits } = data;
  const edit = useEditWatchlists();
  const edits = useListEdits(edit, limits.symbols);
  const view = useWatchView(lists);
  const list = view.list ?? NO_LIST;
  const isNarrow = useIsNarrow();
  const layout = useTableLayout('watchlist', WATCH_COLUMNS, 'watchlist');
  const isOneLine = view.density === 'compact' && !isNarrow;
  const [naming, setNaming] = useState<NameRequest | null>(null);
  const panelId = useId();
  const scroller = useRef<HTMLDivElement>(null);

  const rows = useMemo(() => rowsOf(list), [list]);
  const priced = useMemo(() => rows.filter(hasPrice), [rows]);
  useQuoteSnapshot(priced);
  const changes = useChanges(rows, view.sort === 'change' || view.sort === 'change_desc');
  const lines = useMemo(
    () =>
      linesOf(
        list,
        view.sort,
        ({ exchange, symbol }) => changes.get(instrumentKey(exchange, symbol)) ?? null,
      ),
    [list, view.sort, changes],
  );
  const window = useLines(lines, isNarrow ? 'phone' : view.density, scroller);
  const dragging = useDrag({
    list,
    lines,
    lineAt: window.lineAt,
    scroller,
    isEnabled: view.sort === 'own',
    onRest: view.show,
    onDrop: (moved, target) => {
      if (moved.kind === 'row' && target.kind === 'row')
        edit(moveRow(moved.list, moved.line.row, target.place));
      else if (moved.kind === 'group' && target.kind === 'group')
        edit(moveGroup(moved.list, moved.id, target));
    },
    onDropOnList: (moved, id) => {
      const last = lists.find((one) => one.id === id)?.groups.at(-1);
      const end = { list: id, group: last?.id ?? '', index: last?.symbols.length ?? 0 };
      if (moved.kind === 'row') edit(moveRow(moved.list, moved.line.row, end));
      else edit(moveGroup(moved.list, moved.id, { list: id, index: Number.POSITIVE_INFINITY }));
    },
  });

  const names = lists.map(({ name }) => name);
  const askList = () =>
    setNaming({
      title: t('New watchlist'),
      name: '',
      taken: names,
      onName: (name) => view.show(edits.create(name)),
    });
  const askGroup = () =>
    setNaming({
      title: t('New group'),
      name: '',
      taken: list.groups.map(({ name }) => name),
      onName: (name) => edits.createGroup(list, name),
    });

  return (
    <>
      <ListTabs
        lists={lists}
        shown={list.id}
        target={dragging.drag?.overList ?? null}
        panelId={panelId}
        canAdd={lists.length < limits.lists}
        onShow={view.show}
        onMove={edits.move}
        onAdd={askList}
        menu={
          <>
            {isOneLine && <ColumnsMenu layout={layout} isIcon />}
            <ListMenu
              name={list.name}
              sort={view.sort}
              density={view.density}
              expired={rows.filter(({ state }) => state === 'expired').length}
              canDelete={lists.length > 1}
              canAddGroup={list.groups.length < limits.groups}
              onSort={view.setSort}
              onDensity={view.setDensity}
              onRename={() =>
                setNaming({
                  title: t('Rename list'),
                  name: list.name,
                  taken: names.filter((name) => name !== list.name),
                  onName: (name) => edits.rename(list, name),
                })
              }
              onAddGroup={askGroup}
              onRemoveExpired={() => edits.removeExpired(list)}
              onDelete={() => edits.destroy(lists, list)}
            />
          </>
        }
      />
      <div className="border-line border-b px-2 py-1">
        <SymbolPicker
          label={t('Add to watchlist')}
          placeholder={t('Add instrument ({{count}}/{{most}})', { count: rows.length, most: limits.symbols })}
          onPick={(ref) => edits.add(list, ref)}
        />
      </div>
      {lines.length > 0 ? (
        <>
          <SortHeader
            columns={isOneLine ? layout.visible : TWO_LINES}
            sort={view.sort}
            onSort={view.setSort}
          />
          <WatchLines
            lists={lists}
            list={list}
            lines={lines}
            window={window}
            dragging={dragging}
            scroller={scroller}
            panelId={panelId}
            density={view.density}
            columns={layout.visible}
            isNarrow={isNarrow}
            isOwnOrder={view.sort === 'own'}
            selected={selected}
            edit={edit}
            edits={edits}
            onSelect={onSelect}
            onRenameGroup={(group) =>
              setNaming({
                title: t('Rename group'),
                name: group.name,
                taken: list.groups.filter((one) => one !== group).map(({ name }) => name),
                onName: (name) => edits.renameGroup(list, group, name),
              })
            }
          />
        </>
      ) : (
        <div id={panelId}>
          <EmptyState
            title={t('Nothing watched yet')}
            hint={t('Type a symbol above to stream its price here.')}
          />
        </div>
      )}
      <DragChip dragging={dragging} list={list} />
      <NameDialog request={naming} onClose={() => setNaming(null)} />
    </>
  );
}

function DragChip({ dragging: { drag, chip }, list }: { dragging: ReturnType<typeof useDrag>; list: List }) {
  if (!drag) return null;
  const { moved } = drag;
  const group = moved.kind === 'group' ? list.groups.find(({ id }) => id === moved.id)?.name : null;
  return (
    <div
      ref={chip}
      aria-hidden
      className="pointer-events-none fixed top-0 left-0 z-50 rounded border border-accent bg-panel px-2 py-1 font-medium text-xs shadow-[var(--shadow)]"
    >
      {moved.kind === 'row' ? moved.line.row.symbol : (group ?? '')}
    </div>
  );
}

interface SortHeaderProps {
  columns: readonly Column<Row>[];
  sort: Sort;
  onSort: (sort: Sort) => void;
}

/** Headings of the figures; the change sorts, and a third press gives the own order back. */
function SortHeader({ columns, sort, onSort }: SortHeaderProps) {
  const Arrow = sort === 'change' ? ArrowUp : sort === 'change_desc' ? ArrowDown : null;
  return (
    <div className="@container flex h-6 items-center gap-2 border-line border-b px-2 text-2xs text-muted max-md:h-9 max-md:px-3">
      <span className="min-w-0 flex-1 truncate">
        {sort === 'own'
          ? t('Instrument')
          : sort === 'symbol'
            ? t('Instrument, by symbol')
            : t('Instrument, by change')}
      </span>
      {sort !== 'own' && (
        <Button size="xs" variant="ghost" onClick={() => onSort('own')}>
          {t('My own order')}
        </Button>
      )}
      {columns.map((column, at) =>
        column.id === 'change' ? (
          <button
            key={column.id}
            type="button"
            onClick={() => onSort(nextSort(sort))}
            aria-label={t('Sort by change')}
            className="inline-flex min-h-6 shrink-0 items-center justify-end gap-0.5 hover:text-text"
            style={{ width: at > 0 ? column.width : undefined }}
          >
            {Arrow && <Arrow className="size-3" aria-hidden />} %
          </button>
        ) : (
          <span
            key={column.id}
            className={cn('shrink-0 truncate text-right', roomOf(column))}
            style={{ width: at > 0 ? column.width : undefined }}
          >
            {column.title}
          </span>
        ),
      )}
    </div>
  );
}
