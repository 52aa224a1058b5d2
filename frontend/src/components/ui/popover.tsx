import { Popover as Radix } from 'radix-ui';
import type { ComponentProps } from 'react';
import { cn } from '@/lib/cn';

export const Popover = Radix.Root;
export const PopoverTrigger = Radix.Trigger;

/** A small panel beside its button; a name is demanded because it is announced as a dialog. */
export function PopoverContent({
  className,
  ...rest
}: ComponentProps<typeof Radix.Content> & { 'aria-label': string }) {
  return (
    <Radix.Portal>
      <Radix.Content
        sideOffset={4}
        align="end"
        collisionPadding={8}
        className={cn(
          'z-50 max-h-[min(28rem,var(--radix-popover-content-available-height))] overflow-auto rounded-md border border-line-strong bg-panel p-1 shadow-[var(--shadow)]',
          className,
        )}
        {...rest}
      />
    </Radix.Portal>
  );
}
