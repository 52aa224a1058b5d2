import { NeedsBroker } from '@/app/shell/needs-broker';
import { PageHeading } from '@/components/filters/filter-bar';
import { PnlPage } from '@/features/pnl/components/pnl-page';

export function Component() {
  return (
    <>
      <title>P&L · OpenAlgo</title>
      <PageHeading title="P&L" />
      <NeedsBroker title="P&L">
        <PnlPage />
      </NeedsBroker>
    </>
  );
}
