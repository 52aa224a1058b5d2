import { PageHeading } from '@/components/filters/filter-bar';
import { ApiKeys } from '@/features/apikey/components/api-keys';
import { t } from '@/messages/words';

export function Component() {
  return (
    <>
      <title>{`${t('API keys')} · OpenAlgo`}</title>
      <PageHeading title={t('API keys')} />
      <ApiKeys />
    </>
  );
}
