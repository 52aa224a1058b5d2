import { PageHeading } from '@/components/filters/filter-bar';
import { ApiKeyPanel } from '@/features/apikey/components/api-key-panel';
import { t } from '@/messages/words';

export function Component() {
  return (
    <>
      <title>{`${t('API key')} · OpenAlgo`}</title>
      <PageHeading title={t('API key')} />
      <ApiKeyPanel />
    </>
  );
}
