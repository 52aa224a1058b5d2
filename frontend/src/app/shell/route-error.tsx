import { useEffect } from 'react';
import { Link, useRouteError } from 'react-router';
import { Button } from '@/components/ui/button';
import { messageOf } from '@/lib/api/errors';
import { pageErrors } from '@/lib/page-errors';
import { t } from '@/messages/words';

/** A page that broke: says so, loses nothing else. A page chunk that is gone means a newer release is up. */
export function RouteError({ isInDesk }: { isInDesk?: boolean }) {
  const error = useRouteError();
  useEffect(() => pageErrors.report(error), [error]);
  const isOldRelease =
    error instanceof TypeError && /dynamically imported|module script/i.test(error.message);
  const body = (
    <div role="alert" className="grid place-items-center gap-3 p-8 text-center">
      <h1 className="font-semibold text-lg">
        {isOldRelease ? t('A newer version is installed') : t('This page stopped working')}
      </h1>
      <p className="max-w-prose text-muted">
        {isOldRelease
          ? t('Reload to continue with it.')
          : t('{{reason}} Your orders and positions are not affected.', { reason: messageOf(error) })}
      </p>
      <div className="flex gap-2">
        <Button variant="primary" onClick={() => location.reload()}>
          {t('Reload')}
        </Button>
        {isInDesk && (
          <Button asChild>
            <Link to="/dashboard">{t('Dashboard')}</Link>
          </Button>
        )}
      </div>
    </div>
  );
  return isInDesk ? body : <main className="grid h-dvh place-items-center">{body}</main>;
}
