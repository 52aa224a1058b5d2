import { EventsPanel } from '@/features/account/components/events-panel';
import { PasskeysPanel } from '@/features/account/components/passkeys-panel';
import { SecondFactorPanel } from '@/features/account/components/second-factor-panel';
import { SessionsPanel } from '@/features/account/components/sessions-panel';

export function SecuritySection() {
  return (
    <>
      <SecondFactorPanel />
      <PasskeysPanel />
      <SessionsPanel />
      <EventsPanel />
    </>
  );
}
