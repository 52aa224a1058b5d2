import { AccountSection } from '@/features/account/components/account-section';
import { AppearanceSection } from '@/features/account/components/appearance-section';
import { MailSection } from '@/features/account/components/mail-section';
import { PreferencesSection } from '@/features/account/components/preferences-section';
import { ProfilePage } from '@/features/account/components/profile-page';
import { SecuritySection } from '@/features/account/components/security-section';
import { SessionCountdowns } from '@/features/account/components/session-countdowns';
import { ApiKeys } from '@/features/apikey/components/api-keys';
import { BrokerDesk } from '@/features/broker/components/broker-desk';
import { ContractMasters } from '@/features/contracts/components/contract-masters';
import { UsersSection } from '@/features/users/components/users-section';
import { useSession } from '@/lib/session/bootstrap';
import { t } from '@/messages/words';

export function Component() {
  const { user } = useSession();
  const brokers = (
    <>
      <SessionCountdowns />
      <BrokerDesk />
    </>
  );
  return (
    <ProfilePage
      sections={[
        { id: 'account', title: t('Account'), content: <AccountSection /> },
        { id: 'security', title: t('Security'), content: <SecuritySection /> },
        { id: 'keys', title: t('API keys'), content: <ApiKeys /> },
        { id: 'brokers', title: t('Broker accounts'), content: brokers, isWhole: true },
        { id: 'contracts', title: t('Contracts'), content: <ContractMasters /> },
        { id: 'appearance', title: t('Appearance'), content: <AppearanceSection /> },
        { id: 'preferences', title: t('Preferences'), content: <PreferencesSection /> },
        ...(user?.is_admin
          ? [{ id: 'users', title: t('Users'), content: <UsersSection />, isWhole: true }]
          : []),
        ...(user?.is_admin ? [{ id: 'mail', title: t('Mail server'), content: <MailSection /> }] : []),
      ]}
    />
  );
}
