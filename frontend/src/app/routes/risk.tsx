import { RiskPage } from '@/features/risk/components/risk-page';
import { t } from '@/messages/words';

export function Component() {
  return (
    <>
      <title>{`${t('Risk')} · OpenAlgo`}</title>
      <RiskPage />
    </>
  );
}
