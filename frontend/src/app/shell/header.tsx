import {
  CircleUser,
  Keyboard,
  Languages,
  LogOut,
  Moon,
  PanelLeftClose,
  PanelLeftOpen,
  Search,
  Sun,
} from 'lucide-react';
import { Link, useLocation, useNavigate } from 'react-router';
import { AccountSwitcher } from '@/app/shell/account-switcher';
import { IndexTicker } from '@/app/shell/index-ticker';
import { ModeBadge } from '@/app/shell/mode-badge';
import { Button } from '@/components/ui/button';
import { Menu, MenuContent, MenuItem, MenuLabel, MenuLine, MenuTrigger } from '@/components/ui/menu';
import { useIsWide } from '@/hooks/use-media-query';
import { useLogout } from '@/lib/session/actions';
import { useSession } from '@/lib/session/bootstrap';
import { useChooseLanguage } from '@/lib/session/language';
import { LANGUAGE_NAMES, language, t } from '@/messages/words';
import { useAppearance } from '@/stores/appearance';

interface HeaderProps {
  onOpenPalette: () => void;
  onOpenShortcuts: () => void;
}

export function Header({ onOpenPalette, onOpenShortcuts }: HeaderProps) {
  const { theme, toggleTheme, isWatchlistDocked, toggleWatchlist } = useAppearance();
  const { account } = useSession();
  const isWide = useIsWide();
  const { pathname } = useLocation();
  return (
    <header className="flex h-11 shrink-0 items-center gap-3 border-line border-b bg-panel px-3">
      <Link
        to="/dashboard"
        className="flex items-center gap-2 font-semibold"
        aria-label={t('OpenAlgo dashboard')}
      >
        <img src="/favicon.svg" alt="" className="size-6" />
        <span className="max-md:hidden">OpenAlgo</span>
      </Link>
      {isWide && pathname !== '/trade' && (
        <Button
          variant="ghost"
          size="icon"
          aria-label={isWatchlistDocked ? t('Hide watchlist') : t('Show watchlist')}
          aria-pressed={isWatchlistDocked}
          onClick={toggleWatchlist}
        >
          {isWatchlistDocked ? <PanelLeftClose /> : <PanelLeftOpen />}
        </Button>
      )}
      {account && <IndexTicker />}
      <div className="ml-auto flex min-w-0 items-center gap-2">
        <button
          type="button"
          onClick={onOpenPalette}
          className="flex h-7 items-center gap-2 rounded border border-field px-2 text-muted text-xs hover:bg-hover hover:text-text max-md:size-9 max-md:justify-center max-md:border-0 max-md:px-0"
          aria-label={t('Open command palette')}
        >
          <Search className="size-4" aria-hidden />
          <span className="max-md:hidden">{t('Search or trade')}</span>
          <kbd className="ml-4 font-sans text-2xs max-md:hidden">Ctrl K</kbd>
        </button>
        <AccountSwitcher />
        <ModeBadge />
        <Button
          variant="ghost"
          size="icon"
          className="max-md:hidden"
          aria-label={theme === 'dark' ? t('Use the light theme') : t('Use the dark theme')}
          onClick={toggleTheme}
        >
          {theme === 'dark' ? <Sun /> : <Moon />}
        </Button>
        <UserMenu onOpenShortcuts={onOpenShortcuts} />
      </div>
    </header>
  );
}

function UserMenu({ onOpenShortcuts }: Pick<HeaderProps, 'onOpenShortcuts'>) {
  const { user, version } = useSession();
  const { theme, toggleTheme } = useAppearance();
  const logout = useLogout();
  const navigate = useNavigate();
  const choose = useChooseLanguage();
  const other = language === 'en' ? 'hi' : 'en';
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button variant="ghost" size="icon" aria-label={t('Your account')}>
          <CircleUser />
        </Button>
      </MenuTrigger>
      <MenuContent>
        <MenuLabel>
          {t('{{username}} · version {{version}}', { username: user?.username ?? '', version })}
        </MenuLabel>
        <MenuItem onSelect={() => void navigate('/profile')}>
          <CircleUser /> {t('Your account')}
        </MenuItem>
        <MenuItem onSelect={toggleTheme}>
          {theme === 'dark' ? <Sun /> : <Moon />} {theme === 'dark' ? t('Light theme') : t('Dark theme')}
        </MenuItem>
        <MenuItem onSelect={() => choose.mutate(other)} lang={other}>
          <Languages /> {LANGUAGE_NAMES[other]}
        </MenuItem>
        <MenuItem onSelect={onOpenShortcuts}>
          <Keyboard /> {t('Keyboard shortcuts')}
        </MenuItem>
        <MenuLine />
        <MenuItem onSelect={() => logout.mutate()}>
          <LogOut /> {t('Sign out')}
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}
