import { Link } from 'react-router';
import { Button } from '@/components/ui/button';
import { t } from '@/messages/words';

export function Component() {
  return (
    <div className="grid flex-1 place-content-center gap-2 p-8 text-center">
      <title>{`${t('Not found')} · OpenAlgo`}</title>
      <h1 className="font-semibold text-lg">{t('This page does not exist')}</h1>
      <p className="text-muted">
        {t('The address may be mistyped, or the page moved. Ctrl K finds everything.')}
      </p>
      <Button asChild variant="primary" className="justify-self-center">
        <Link to="/dashboard">{t('Dashboard')}</Link>
      </Button>
    </div>
  );
}
