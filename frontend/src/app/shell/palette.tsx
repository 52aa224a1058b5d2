import { Moon, PanelLeft, ShoppingCart } from 'lucide-react';
import { useMemo } from 'react';
import { type NavigateFunction, useNavigate } from 'react-router';
import { tasksFor } from '@/app/shell/navigation';
import { CommandPalette, type PaletteAction } from '@/features/search/components/command-palette';
import { useSession } from '@/lib/session/bootstrap';
import { t } from '@/messages/words';
import { useAppearance } from '@/stores/appearance';
import { openTicket } from '@/stores/ticket';

/** What the palette offers besides instruments: every destination and a few acts. */
export function Palette({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const navigate = useNavigate();
  const isAdmin = useSession().user?.is_admin ?? false;
  const actions = useMemo(() => actionsOf(isAdmin, navigate), [isAdmin, navigate]);
  return <CommandPalette isOpen={isOpen} onClose={onClose} actions={actions} />;
}

function actionsOf(isAdmin: boolean, navigate: NavigateFunction): PaletteAction[] {
  const { toggleTheme, toggleWatchlist } = useAppearance.getState();
  const pages = tasksFor(isAdmin).flatMap(({ task, destinations }) =>
    destinations.map(
      ({ path, title, words, icon: Icon }): PaletteAction => ({
        id: path,
        title,
        words: `${words} ${task}`,
        icon: <Icon aria-hidden />,
        hint: task,
        run: () => void navigate(path),
      }),
    ),
  );
  const acts: PaletteAction[] = [
    {
      id: 'order',
      title: t('New order'),
      words: t('buy sell ticket'),
      icon: <ShoppingCart aria-hidden />,
      hint: 'B',
      run: () => openTicket({ action: 'BUY' }),
    },
    {
      id: 'theme',
      title: t('Switch theme'),
      words: t('dark light'),
      icon: <Moon aria-hidden />,
      run: toggleTheme,
    },
    {
      id: 'watchlist',
      title: t('Show or hide watchlist'),
      words: t('market watch'),
      icon: <PanelLeft aria-hidden />,
      hint: 'W',
      run: toggleWatchlist,
    },
  ];
  return [...pages, ...acts];
}
