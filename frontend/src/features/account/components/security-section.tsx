import { EventsPanel } from '@/features/account/components/events-panel';
import { SecondFactorPanel } from '@/features/account/components/second-factor-panel';
import { SessionsPanel } from '@/features/account/components/sessions-panel';

export function SecuritySection() {
  return (
    <>
      <SecondFactorPanel />
      <SessionsPanel />
      <EventsPanel />
    </>
  );
}
