import { ChevronDown, ChevronRight, FolderMinus, MoreHorizontal, Pencil } from 'lucide-react';
import type { PointerEvent } from 'react';
import { Button } from '@/components/ui/button';
import { Menu, MenuContent, MenuItem, MenuTrigger } from '@/components/ui/menu';
import { cn } from '@/lib/cn';
import type { Group } from '@/lib/watchlists/model';
import { t } from '@/messages/words';

interface GroupLineProps {
  group: Group;
  top: number;
  height: number;
  isDragged: boolean;
  isReachable: boolean;
  onToggle: () => void;
  onRename: () => void;
  onDissolve: () => void;
  onPress: (event: PointerEvent) => void;
  onActive: () => void;
}

/** The heading of a group: folds it, and carries it when it is dragged. */
export function GroupLine({ group, top, height, isDragged, ...props }: GroupLineProps) {
  const Chevron = group.collapsed ? ChevronRight : ChevronDown;
  return (
    <li
      data-line={`group:${group.id}`}
      onPointerDown={props.onPress}
      onPointerEnter={props.onActive}
      className={cn(
        'group/heading absolute inset-x-0 flex items-center border-line border-b bg-raised pr-1 text-xs',
        isDragged && 'opacity-40',
      )}
      style={{ transform: `translateY(${top}px)`, height }}
    >
      <h3 className="contents">
        <button
          type="button"
          data-heading
          tabIndex={props.isReachable ? 0 : -1}
          aria-expanded={!group.collapsed}
          onFocus={props.onActive}
          onClick={props.onToggle}
          className="flex h-full min-w-0 flex-1 items-center gap-1 px-1.5 text-left font-semibold outline-offset-[-2px]"
        >
          <Chevron className="size-3.5 shrink-0 text-muted" aria-hidden />
          <span className="truncate">{group.name}</span>
          <span className="font-normal text-2xs text-muted tabular-nums">{group.symbols.length}</span>
        </button>
      </h3>
      <Menu>
        <MenuTrigger asChild>
          <Button size="iconXs" variant="ghost" aria-label={t('Options of {{name}}', { name: group.name })}>
            <MoreHorizontal />
          </Button>
        </MenuTrigger>
        <MenuContent>
          <MenuItem onSelect={props.onRename}>
            <Pencil aria-hidden /> {t('Rename group')}
          </MenuItem>
          <MenuItem onSelect={props.onDissolve}>
            <FolderMinus aria-hidden /> {t('Remove heading')}
          </MenuItem>
        </MenuContent>
      </Menu>
    </li>
  );
}
