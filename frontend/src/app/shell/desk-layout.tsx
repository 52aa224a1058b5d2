import { Suspense, useEffect } from 'react';
import { Outlet, useLocation, useNavigation } from 'react-router';
import { create } from 'zustand';
import { Banners } from '@/app/shell/banners';
import { BottomBar } from '@/app/shell/bottom-bar';
import { Header } from '@/app/shell/header';
import { Palette } from '@/app/shell/palette';
import { Rail } from '@/app/shell/rail';
import { ShortcutsDialog } from '@/app/shell/shortcuts-dialog';
import { StatusBar } from '@/app/shell/status-bar';
import { useFeedLife, useOrderEvents } from '@/app/shell/use-desk-events';
import { useTradeHotkeys } from '@/app/shell/use-trade-hotkeys';
import { OrderTicket } from '@/features/ticket/components/order-ticket';
import { Watchlist } from '@/features/watchlist/components/watchlist';
import { useKeptLook } from '@/hooks/use-look';
import { useIsWide } from '@/hooks/use-media-query';
import { cn } from '@/lib/cn';
import { hasModifier, isTyping } from '@/lib/keyboard';
import { useSession } from '@/lib/session/bootstrap';
import { type StakesKind, useStakes } from '@/lib/session/stakes';
import { t } from '@/messages/words';
import { useAppearance } from '@/stores/appearance';

/** Real money and paper trading are framed; practice stays calm. */
const FRAME: Record<StakesKind, string> = {
  live: 'border-2 border-live',
  paper: 'border-2 border-paper-fill',
  practice: '',
  none: '',
};

type Overlay = 'palette' | 'shortcuts' | null;

/** Beside the layout, so that opening one of them draws nothing else anew. */
const useOverlay = create<{ shown: Overlay }>()(() => ({ shown: null }));
const show = (shown: Overlay) => useOverlay.setState({ shown });
const showPalette = () => show('palette');
const showShortcuts = () => show('shortcuts');
const closeOverlay = () => show(null);

function Overlays() {
  const { shown } = useOverlay();
  return (
    <>
      <Palette isOpen={shown === 'palette'} onClose={closeOverlay} />
      <ShortcutsDialog isOpen={shown === 'shortcuts'} onClose={closeOverlay} />
    </>
  );
}

function useShellHotkeys(hasOwnList: boolean) {
  const toggleWatchlist = useAppearance((state) => state.toggleWatchlist);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        show('palette');
      } else if (hasModifier(event) || isTyping(event)) return;
      else if (event.key === '?') show('shortcuts');
      else if (event.key.toLowerCase() === 'w' && !hasOwnList) toggleWatchlist();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [toggleWatchlist, hasOwnList]);
}

/** The desk around every page: one feed, one event line, one ticket. */
export function Component() {
  const { account } = useSession();
  const { kind } = useStakes();
  const isWatchlistDocked = useAppearance((state) => state.isWatchlistDocked);
  const isWide = useIsWide();
  const isLoading = useNavigation().state === 'loading';
  useOrderEvents();
  useFeedLife();
  useTradeHotkeys();
  // The workspace has a watchlist of its own.
  const hasOwnList = useLocation().pathname === '/trade';
  useShellHotkeys(hasOwnList);
  // What was open belongs to the visit that opened it.
  useEffect(() => closeOverlay, []);
  useKeptLook();

  return (
    <div className={cn('flex h-dvh flex-col', FRAME[kind])}>
      <a
        href="#page"
        className="absolute -top-20 left-2 z-50 rounded bg-accent px-3 py-2 font-medium text-on-accent focus:top-2"
      >
        {t('Skip to the page')}
      </a>
      <Header onOpenPalette={showPalette} onOpenShortcuts={showShortcuts} />
      <Banners />
      <div className="flex min-h-0 flex-1">
        <Rail />
        {isWide && isWatchlistDocked && account && !hasOwnList && (
          <aside
            aria-label={t('Docked watchlist')}
            className="flex w-[19.25rem] shrink-0 flex-col border-line border-r bg-panel"
          >
            <Watchlist />
          </aside>
        )}
        <main
          id="page"
          tabIndex={-1}
          aria-busy={isLoading}
          className="flex min-w-0 flex-1 flex-col outline-none"
        >
          <Suspense>
            <Outlet />
          </Suspense>
        </main>
      </div>
      <StatusBar />
      <BottomBar />
      <OrderTicket />
      <Overlays />
    </div>
  );
}
