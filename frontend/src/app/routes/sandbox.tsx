import { NeedsBroker } from '@/app/shell/needs-broker';
import { PageHeading } from '@/components/filters/filter-bar';
import { ChargeRates } from '@/features/paper/components/charge-rates';
import { ModeSwitch } from '@/features/paper/components/mode-switch';
import { PaperAccount } from '@/features/paper/components/paper-account';
import { PaperSettingsForm } from '@/features/paper/components/paper-settings-form';
import { t } from '@/messages/words';

export function Component() {
  return (
    <>
      <title>{`${t('Paper trading')} · OpenAlgo`}</title>
      <PageHeading title={t('Paper trading')}>
        <ModeSwitch />
      </PageHeading>
      <NeedsBroker title={t('Paper account')}>
        <PaperAccount />
      </NeedsBroker>
      <PaperSettingsForm />
      <ChargeRates />
    </>
  );
}
