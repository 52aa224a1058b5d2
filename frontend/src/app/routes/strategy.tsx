import { useParams } from 'react-router';
import { StrategyPage } from '@/features/strategies/components/strategy-page';
import { t } from '@/messages/words';

export function Component() {
  const { strategyId = '' } = useParams();
  return (
    <>
      <title>{`${t('Webhook strategies')} · OpenAlgo`}</title>
      <StrategyPage key={strategyId} id={strategyId} />
    </>
  );
}
