import { CallsTable } from '@/features/operator/components/calls-table';
import { ErrorsTable } from '@/features/operator/components/errors-table';
import { LogViewer } from '@/features/operator/components/log-viewer';
import { PageTabs, type View } from '@/features/operator/components/page-tabs';
import { useSession } from '@/lib/session/bootstrap';
import { t } from '@/messages/words';

/** One's own order calls; the log of the program and its errors for administrators. */
export function LogsPage() {
  const isAdmin = useSession().user?.is_admin ?? false;
  const live: View = { id: 'live', title: t('API log'), content: () => <CallsTable mode="live" /> };
  const others: View[] = [
    { id: 'paper', title: t('Paper log'), content: () => <CallsTable mode="analyze" /> },
    ...(isAdmin
      ? [
          { id: 'program', title: t('Program log'), content: () => <LogViewer /> },
          { id: 'errors', title: t('Errors'), content: () => <ErrorsTable /> },
        ]
      : []),
  ];
  return <PageTabs title={t('Logs')} views={[live, ...others]} />;
}
