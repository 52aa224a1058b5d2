import { NeedsBroker } from '@/app/shell/needs-broker';
import { SymbolSearch } from '@/features/search/components/symbol-search';

export function Component() {
  return (
    <>
      <title>Symbol search · OpenAlgo</title>
      <NeedsBroker title="Symbol search">
        <SymbolSearch />
      </NeedsBroker>
    </>
  );
}
