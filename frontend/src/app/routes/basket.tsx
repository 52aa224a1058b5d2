import { NeedsBroker } from '@/app/shell/needs-broker';
import { BasketPage } from '@/features/basket/components/basket-page';
import { t } from '@/messages/words';

export function Component() {
  return (
    <>
      <title>{`${t('Basket')} · OpenAlgo`}</title>
      <NeedsBroker title={t('Basket')}>
        <BasketPage />
      </NeedsBroker>
    </>
  );
}
