import { GripHorizontal } from 'lucide-react';
import type { ComponentProps, ReactNode } from 'react';
import { StakesBadge } from '@/components/market/stakes-badge';
import { Button } from '@/components/ui/button';
import { cn } from '@/lib/cn';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import type { Action } from '@/lib/orders/schema';
import { t } from '@/messages/words';

interface TicketHeaderProps extends Omit<ComponentProps<'div'>, 'title'> {
  of: InstrumentRef | null;
  action: Action;
  /** Whether the header is what the ticket is dragged by. */
  isHandle?: boolean;
  children?: ReactNode;
}

/** Which side of which instrument, and whether money is real: the colour never stands alone. */
export function TicketHeader({ of, action, isHandle, className, children, ...rest }: TicketHeaderProps) {
  return (
    <div
      {...rest}
      className={cn(
        'flex min-h-9 shrink-0 items-center gap-2 px-3 text-white',
        action === 'BUY' ? 'bg-buy-fill' : 'bg-sell-fill',
        className,
      )}
    >
      {isHandle && <GripHorizontal className="size-4 shrink-0 max-md:hidden" aria-hidden />}
      <h2 className="min-w-0 flex-1 truncate font-semibold">
        {of ? (
          <>
            {of.symbol} <span className="font-normal text-2xs">{of.exchange}</span>
          </>
        ) : (
          t('New order')
        )}
      </h2>
      <StakesBadge />
      {children}
    </div>
  );
}

interface HeaderButtonProps {
  label: string;
  onClick: () => void;
  className?: string;
  children: ReactNode;
}

export function HeaderButton({ label, onClick, className, children }: HeaderButtonProps) {
  return (
    <Button
      size="iconXs"
      variant="ghost"
      aria-label={label}
      onClick={onClick}
      className={cn('text-white hover:bg-black/25 hover:text-white max-md:size-9', className)}
    >
      {children}
    </Button>
  );
}
