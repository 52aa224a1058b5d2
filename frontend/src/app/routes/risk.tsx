import { RiskPage } from '@/features/risk/components/risk-page';

export function Component() {
  return (
    <>
      <title>Risk · OpenAlgo</title>
      <RiskPage />
    </>
  );
}
