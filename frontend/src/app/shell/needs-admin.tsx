import type { ReactNode } from 'react';
import { PageHeading } from '@/components/filters/filter-bar';
import { EmptyState } from '@/components/ui/states';
import { useSession } from '@/lib/session/bootstrap';
import { t } from '@/messages/words';

/** Pages of the operator: whoever is no administrator is told so instead of being shown refusals. */
export function NeedsAdmin({ title, children }: { title: string; children: ReactNode }) {
  if (useSession().user?.is_admin) return children;
  return (
    <>
      <PageHeading title={title} />
      <EmptyState title={t('For administrators')} hint={t('Ask whoever runs this installation.')} />
    </>
  );
}
