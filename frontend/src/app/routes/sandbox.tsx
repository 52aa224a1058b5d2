import { NeedsBroker } from '@/app/shell/needs-broker';
import { PageHeading } from '@/components/filters/filter-bar';
import { ChargeRates } from '@/features/paper/components/charge-rates';
import { ModeSwitch } from '@/features/paper/components/mode-switch';
import { PaperAccount } from '@/features/paper/components/paper-account';
import { PaperSettingsForm } from '@/features/paper/components/paper-settings-form';

export function Component() {
  return (
    <>
      <title>Paper trading · OpenAlgo</title>
      <PageHeading title="Paper trading">
        <ModeSwitch />
      </PageHeading>
      <NeedsBroker title="Paper account">
        <PaperAccount />
      </NeedsBroker>
      <PaperSettingsForm />
      <ChargeRates />
    </>
  );
}
