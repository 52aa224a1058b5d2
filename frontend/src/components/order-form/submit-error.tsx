import { CircleAlert } from 'lucide-react';
import { otherErrors } from '@/components/order-form/order-values';
import { ApiError, messageOf } from '@/lib/api/errors';
import { t } from '@/messages/words';

/** Why an order was not confirmed. An unknown outcome is said to be unknown, never "failed". */
export function SubmitError({ error }: { error: unknown }) {
  if (!error) return null;
  const isUnknown = error instanceof ApiError && error.outcomeUnknown;
  const others = error instanceof ApiError ? otherErrors(error.fields) : [];
  return (
    <div role="alert" className="flex gap-2 rounded border border-line-strong bg-raised p-2">
      <CircleAlert
        className={isUnknown ? 'size-4 shrink-0 text-warn' : 'size-4 shrink-0 text-down'}
        aria-hidden
      />
      <div className="min-w-0">
        {isUnknown && <p className="font-semibold text-warn">{t('Outcome not known')}</p>}
        <p>{messageOf(error)}</p>
        {others.map((line) => (
          <p key={line} className="text-muted">
            {line}
          </p>
        ))}
      </div>
    </div>
  );
}
