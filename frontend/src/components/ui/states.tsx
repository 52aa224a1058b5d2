import { CircleAlert, RotateCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '@/components/ui/button';
import { ApiError, messageOf } from '@/lib/api/errors';
import { cn } from '@/lib/cn';
import { t } from '@/messages/words';

export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden className={cn('block animate-pulse rounded bg-raised', className)} />;
}

interface EmptyProps {
  title: string;
  hint?: ReactNode;
  action?: ReactNode;
}

export function EmptyState({ title, hint, action }: EmptyProps) {
  return (
    <div className="grid place-items-center gap-1 px-6 py-14 text-center">
      <p className="font-medium">{title}</p>
      {hint && <p className="max-w-prose text-muted">{hint}</p>}
      {action && <div className="mt-2">{action}</div>}
    </div>
  );
}

interface ErrorProps {
  error: unknown;
  onRetry?: () => void;
  isCompact?: boolean;
}

/** A failed read, in the server's words, with what can be done about it. */
export function ErrorState({ error, onRetry, isCompact }: ErrorProps) {
  const code = error instanceof ApiError ? error.code : null;
  return (
    <div
      role="alert"
      className={cn('grid place-items-center gap-2 px-6 text-center', isCompact ? 'py-3' : 'py-14')}
    >
      <p className="flex items-center gap-2">
        <CircleAlert className="size-4 shrink-0 text-down" aria-hidden />
        <span>{messageOf(error)}</span>
      </p>
      {code && <p className="text-2xs text-muted">{code}</p>}
      {onRetry && (
        <Button size="sm" onClick={onRetry}>
          <RotateCw /> {t('Try again')}
        </Button>
      )}
    </div>
  );
}

/** Old figures are kept on screen when a refresh fails, and say so. */
export function StaleNotice({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <div
      role="status"
      className="flex items-center gap-2 border-b border-line bg-raised px-3 py-1 text-warn text-xs"
    >
      <CircleAlert className="size-3.5 shrink-0" aria-hidden />
      <span className="min-w-0 flex-1 truncate">
        {t('Not up to date: {{reason}}', { reason: messageOf(error) })}
      </span>
      <Button size="xs" onClick={onRetry}>
        {t('Try again')}
      </Button>
    </div>
  );
}
