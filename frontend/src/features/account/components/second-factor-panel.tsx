import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { toast } from 'sonner';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { ErrorState, Skeleton } from '@/components/ui/states';
import { secondFactorQuery, useDisableFactor, useRenewCodes } from '@/features/account/api/security';
import { EnrolDialog } from '@/features/account/components/enrol-dialog';
import { ProofDialog } from '@/features/account/components/proof-dialog';
import { RecoveryCodes } from '@/features/account/components/recovery-codes';
import { Panel } from '@/features/account/components/section';
import { formatMoment } from '@/lib/format';
import { t } from '@/messages/words';

type Open = 'enrol' | 'disable' | 'renew' | null;
const FEW_CODES = 3;

export function SecondFactorPanel() {
  const { data, error, refetch } = useQuery(secondFactorQuery);
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  return (
    <Panel
      title={t('Second step')}
      lead={t('A code of an authenticator app after the password: a stolen password alone opens nothing.')}
      action={
        data &&
        !data.enabled && (
          <Button variant="primary" onClick={() => setOpen('enrol')}>
            {t('Turn on')}
          </Button>
        )
      }
    >
      {data ? (
        <div className="flex min-h-8 flex-wrap items-center gap-x-4 gap-y-2">
          <Badge tone={data.enabled ? 'good' : 'warn'}>{data.enabled ? t('on') : t('off')}</Badge>
          {data.enabled && (
            <>
              <span className="text-muted">
                {t('since {{moment}}', { moment: formatMoment(data.since) })}
              </span>
              <span className={data.recovery_codes_left <= FEW_CODES ? 'text-warn' : 'text-muted'}>
                {t('{{count}} recovery codes left', {
                  count: data.recovery_codes_left,
                  one: '{{count}} recovery code left',
                })}
              </span>
              <span className="ml-auto flex gap-2">
                <Button size="sm" onClick={() => setOpen('renew')}>
                  {t('New recovery codes')}
                </Button>
                <Button size="sm" onClick={() => setOpen('disable')}>
                  {t('Turn off')}
                </Button>
              </span>
            </>
          )}
        </div>
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} isCompact />
      ) : (
        <Skeleton className="h-8 w-64" />
      )}
      {open === 'enrol' && <EnrolDialog onClose={close} />}
      {open === 'disable' && <DisableDialog onClose={close} />}
      {open === 'renew' && <RenewDialog onClose={close} />}
    </Panel>
  );
}

function DisableDialog({ onClose }: { onClose: () => void }) {
  const disable = useDisableFactor();
  return (
    <ProofDialog
      title={t('Turn off the second step?')}
      description={t('From then on the password alone opens the desk, and the recovery codes end.')}
      codeLabel={t('Code of your authenticator, or a recovery code')}
      submitLabel={t('Turn off')}
      isDangerous
      onClose={onClose}
      onProof={async (proof) => {
        await disable.mutateAsync(proof);
        toast.success(t('The second step is off'));
        onClose();
      }}
    />
  );
}

function RenewDialog({ onClose }: { onClose: () => void }) {
  const renew = useRenewCodes();
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  if (codes)
    return (
      <Dialog isOpen onClose={() => {}} title={t('New recovery codes')}>
        <RecoveryCodes codes={codes} onDone={onClose} />
      </Dialog>
    );
  return (
    <ProofDialog
      title={t('New recovery codes')}
      description={t('Ten new codes; the old ones end at once.')}
      codeLabel={t('Code of your authenticator')}
      submitLabel={t('Make new codes')}
      onClose={onClose}
      onProof={async (proof) => setCodes((await renew.mutateAsync(proof)).recovery_codes)}
    />
  );
}
