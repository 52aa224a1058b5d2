import { Search } from 'lucide-react';
import { renderToStaticMarkup } from 'react-dom/server';
import { StaticRouter } from 'react-router';
import { NAVIGATION } from '@/app/shell/navigation';
import { RailOf } from '@/app/shell/rail';
import { t } from '@/messages/words';

/** Rows as they are drawn while a list is on its way. */
function Rows({ count }: { count: number }) {
  return (
    <div className="grid gap-2 p-3">
      {Array.from({ length: count }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity.
        <span key={row} className="block h-5 rounded bg-raised" />
      ))}
    </div>
  );
}

/**
 * The desk around the page at `path` before any script has run: where everything stands, and nothing that only the server
 * knows. It is drawn when the desk is built, sent with the page, and gives way to the desk itself.
 */
function Frame({ path }: { path: string }) {
  const here = NAVIGATION.flatMap(({ destinations }) => destinations).find((one) => one.path === path);
  return (
    <>
      <div className="flex h-11 shrink-0 items-center gap-3 border-line border-b bg-panel px-3">
        <span className="flex items-center gap-2 font-semibold">
          <img src="/favicon.svg" alt="" className="size-6" width={24} height={24} />
          <span className="max-md:hidden">OpenAlgo</span>
        </span>
        <span className="ml-auto flex h-7 items-center gap-2 rounded border border-field px-2 text-muted text-xs max-md:hidden">
          <Search className="size-4" aria-hidden />
          {t('Search or trade')}
          <kbd className="ml-4 font-sans text-2xs">Ctrl K</kbd>
        </span>
      </div>
      <div className="flex min-h-0 flex-1">
        <RailOf isAdmin={false} />
        {path !== '/trade' && (
          <div
            data-docked
            className="w-[19.25rem] shrink-0 border-line border-r bg-panel max-[1199px]:hidden"
          >
            <Rows count={16} />
          </div>
        )}
        <div className="flex min-w-0 flex-1 flex-col">
          <div className="flex h-10 items-center border-line border-b px-3 font-semibold text-base">
            {here?.title ?? 'OpenAlgo'}
          </div>
          <div className="grid flex-1 place-items-center text-lg text-muted">{t('Opening the desk…')}</div>
        </div>
      </div>
      <div className="h-6 shrink-0 border-line border-t bg-panel" />
      <div className="h-14 shrink-0 border-line border-t bg-panel md:hidden" />
    </>
  );
}

/** The frame of the page at `path` as HTML. */
export function frameOf(path: string): string {
  return renderToStaticMarkup(
    <StaticRouter location={path}>
      <Frame path={path} />
    </StaticRouter>,
  );
}
