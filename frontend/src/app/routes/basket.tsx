import { NeedsBroker } from '@/app/shell/needs-broker';
import { BasketPage } from '@/features/basket/components/basket-page';

export function Component() {
  return (
    <>
      <title>Basket · OpenAlgo</title>
      <NeedsBroker title="Basket">
        <BasketPage />
      </NeedsBroker>
    </>
  );
}
