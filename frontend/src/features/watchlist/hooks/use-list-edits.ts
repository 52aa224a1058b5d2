import { useMemo } from 'react';
import { toast } from 'sonner';
import type { RowLine } from '@/features/watchlist/model/lines';
import { newIntentId } from '@/lib/ids';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import {
  addGroup,
  addList,
  addRow,
  dissolveGroup,
  insertRow,
  moveList,
  moveRow,
  removeList,
  removeRow,
  renameGroup,
  renameList,
} from '@/lib/watchlists/edits';
import { type Edit, type Group, isSame, type List, type Lists, rowsOf } from '@/lib/watchlists/model';
import { t } from '@/messages/words';

/** Several edits as one, so that they are saved together or not at all. */
export function together(edits: readonly Edit[]): Edit {
  return (lists) => edits.reduce((before, edit) => edit(before), lists);
}

const newId = () => newIntentId().slice(0, 12);

/** What a person does with lists, each with a word about it and, where something is gone, the way back. */
export function useListEdits(edit: (edit: Edit) => void, most: number) {
  return useMemo(() => {
    const offerUndo = (title: string, undo: Edit) =>
      toast(title, { action: { label: t('Undo'), onClick: () => edit(undo) } });

    return {
      add(list: List, ref: InstrumentRef, group?: string): void {
        const rows = rowsOf(list);
        const name = list.name;
        if (rows.some((row) => isSame(row, ref)))
          toast.info(t('{{symbol}} is on {{name}} already', { symbol: ref.symbol, name }));
        else if (rows.length >= most)
          toast.warning(t('{{name}} is full: {{count}} instruments', { name, count: most }));
        else edit(addRow(list.id, ref, group));
      },
      remove(list: List, line: RowLine): void {
        edit(removeRow(list.id, line.row));
        const place = { list: list.id, group: line.group, index: line.index };
        offerUndo(
          t('{{symbol}} is off {{name}}', { symbol: line.row.symbol, name: list.name }),
          insertRow(place, line.row),
        );
      },
      removeExpired(list: List): void {
        const gone = list.groups.flatMap((group) =>
          group.symbols.flatMap((row, index) =>
            row.state === 'expired' ? [{ row, group: group.id, index }] : [],
          ),
        );
        edit(together(gone.map(({ row }) => removeRow(list.id, row))));
        offerUndo(
          t('{{count}} expired contracts are off {{name}}', {
            count: gone.length,
            name: list.name,
            one: '{{count}} expired contract is off {{name}}',
          }),
          together(gone.map(({ row, group, index }) => insertRow({ list: list.id, group, index }, row))),
        );
      },
      create(name: string): string {
        const id = newId();
        edit(addList({ id, name, groups: [{ id: newId(), name: '', collapsed: false, symbols: [] }] }));
        return id;
      },
      rename: (list: List, name: string) => edit(renameList(list.id, name)),
      move: (id: string, index: number) => edit(moveList(id, index)),
      destroy(lists: Lists, list: List): void {
        edit(removeList(list.id));
        offerUndo(t('{{name}} was deleted', { name: list.name }), addList(list, lists.indexOf(list)));
      },
      createGroup: (list: List, name: string) =>
        edit(addGroup(list.id, { id: newId(), name, collapsed: false, symbols: [] })),
      renameGroup: (list: List, group: Group, name: string) => edit(renameGroup(list.id, group.id, name)),
      dissolve(list: List, group: Group): void {
        edit(dissolveGroup(list.id, group.id));
        const index = list.groups.indexOf(group);
        const undo =
          index === 0
            ? renameGroup(list.id, group.id, group.name)
            : together([
                addGroup(list.id, { ...group, symbols: [] }, index),
                ...group.symbols.map((row, at) =>
                  moveRow(list.id, row, { list: list.id, group: group.id, index: at }),
                ),
              ]);
        offerUndo(t('The heading {{name}} is gone, its instruments stay', { name: group.name }), undo);
      },
    };
  }, [edit, most]);
}

export type ListEdits = ReturnType<typeof useListEdits>;
