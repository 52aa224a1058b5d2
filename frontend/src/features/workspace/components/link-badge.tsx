import type { Link } from '@/features/workspace/model/desk';
import { cn } from '@/lib/cn';
import { t } from '@/messages/words';

/** Which chart an instrument belongs to: a letter and a colour. */
export function LinkBadge({ link, isInUse }: { link: Link; isInUse: boolean }) {
  return (
    <span
      title={isInUse ? t('Lists, ladder and ticket follow this chart') : undefined}
      className={cn(
        'grid size-5 shrink-0 place-items-center rounded-[3px] border font-bold text-2xs',
        link === 'a' ? 'border-accent text-accent-text' : 'border-buy text-buy',
        isInUse && 'bg-raised outline outline-1 outline-current',
      )}
    >
      {link.toUpperCase()}
    </span>
  );
}
