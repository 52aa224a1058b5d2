import { PageHeading } from '@/components/filters/filter-bar';
import { ApiKeyPanel } from '@/features/apikey/components/api-key-panel';

export function Component() {
  return (
    <>
      <title>API key · OpenAlgo</title>
      <PageHeading title="API key" />
      <ApiKeyPanel />
    </>
  );
}
