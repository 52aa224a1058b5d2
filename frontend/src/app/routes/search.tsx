import { NeedsBroker } from '@/app/shell/needs-broker';
import { SymbolSearch } from '@/features/search/components/symbol-search';
import { t } from '@/messages/words';

export function Component() {
  return (
    <>
      <title>{`${t('Symbol search')} · OpenAlgo`}</title>
      <NeedsBroker title={t('Symbol search')}>
        <SymbolSearch />
      </NeedsBroker>
    </>
  );
}
