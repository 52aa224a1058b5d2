import {
  ArrowDownAZ,
  ArrowUpDown,
  FolderPlus,
  ListOrdered,
  MoreHorizontal,
  Pencil,
  Rows3,
  Trash2,
} from 'lucide-react';
import { Button } from '@/components/ui/button';
import { Menu, MenuContent, MenuItem, MenuLabel, MenuLine, MenuTrigger } from '@/components/ui/menu';
import type { Density } from '@/features/watchlist/hooks/use-watch-view';
import type { Sort } from '@/features/watchlist/model/lines';
import { t } from '@/messages/words';

interface ListMenuProps {
  name: string;
  sort: Sort;
  density: Density;
  expired: number;
  canDelete: boolean;
  canAddGroup: boolean;
  onSort: (sort: Sort) => void;
  onDensity: (density: Density) => void;
  onRename: () => void;
  onAddGroup: () => void;
  onRemoveExpired: () => void;
  onDelete: () => void;
}

/** What can be done with a list as a whole. */
export function ListMenu(props: ListMenuProps) {
  const { name, sort, density, expired } = props;
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button size="iconXs" variant="ghost" aria-label={t('Options of {{name}}', { name })}>
          <MoreHorizontal />
        </Button>
      </MenuTrigger>
      <MenuContent>
        <MenuItem onSelect={props.onRename}>
          <Pencil aria-hidden /> {t('Rename list')}
        </MenuItem>
        <MenuItem onSelect={props.onAddGroup} disabled={!props.canAddGroup}>
          <FolderPlus aria-hidden /> {t('New group')}
        </MenuItem>
        <MenuLine />
        <MenuLabel>{t('Order', { context: 'sorting' })}</MenuLabel>
        <MenuItem onSelect={() => props.onSort('own')} disabled={sort === 'own'}>
          <ListOrdered aria-hidden /> {t('My own order')}
        </MenuItem>
        <MenuItem onSelect={() => props.onSort('symbol')} disabled={sort === 'symbol'}>
          <ArrowDownAZ aria-hidden /> {t('By symbol')}
        </MenuItem>
        <MenuItem onSelect={() => props.onSort('change_desc')} disabled={sort === 'change_desc'}>
          <ArrowUpDown aria-hidden /> {t('By change')}
        </MenuItem>
        <MenuLine />
        <MenuItem onSelect={() => props.onDensity(density === 'compact' ? 'comfortable' : 'compact')}>
          <Rows3 aria-hidden /> {density === 'compact' ? t('Two lines a row') : t('One line a row')}
        </MenuItem>
        {expired > 0 && (
          <MenuItem onSelect={props.onRemoveExpired}>
            <Trash2 aria-hidden />
            {t('Remove {{count}} expired', { count: expired })}
          </MenuItem>
        )}
        <MenuItem onSelect={props.onDelete} disabled={!props.canDelete}>
          <Trash2 aria-hidden /> {t('Delete list')}
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}
