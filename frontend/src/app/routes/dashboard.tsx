import { NeedsBroker } from '@/app/shell/needs-broker';
import { FundsStrip } from '@/features/dashboard/components/funds-strip';
import { PositionBook } from '@/features/positions/components/position-book';
import { Watchlist } from '@/features/watchlist/components/watchlist';
import { useIsWide } from '@/hooks/use-media-query';
import { t } from '@/messages/words';
import { useAppearance } from '@/stores/appearance';

export function Component() {
  const isDocked = useAppearance((state) => state.isWatchlistDocked);
  const isWide = useIsWide();
  return (
    <>
      <title>{`${t('Dashboard')} · OpenAlgo`}</title>
      <NeedsBroker title={t('Dashboard')}>
        <h1 className="sr-only">{t('Dashboard')}</h1>
        <FundsStrip />
        <div className="flex min-h-0 flex-1 max-md:flex-col max-md:overflow-auto">
          <div className="flex min-h-0 min-w-0 flex-1 flex-col max-md:min-h-80">
            <PositionBook isOpenOnly />
          </div>
          {!(isWide && isDocked) && (
            <div className="flex min-h-0 w-80 shrink-0 flex-col border-line border-l max-md:min-h-96 max-md:w-full max-md:border-t max-md:border-l-0">
              <Watchlist />
            </div>
          )}
        </div>
      </NeedsBroker>
    </>
  );
}
