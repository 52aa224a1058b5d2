import { type ReactNode, useLayoutEffect, useRef } from 'react';
import { cn } from '@/lib/cn';
import { wantsStillness } from '@/stores/appearance';

const FLASH_MS = 450;

interface FlashProps {
  value: number | null;
  children: ReactNode;
  className?: string;
}

/** Tints its cell for a moment when the number moves; people who ask for less motion get none. */
export function Flash({ value, children, className }: FlashProps) {
  const element = useRef<HTMLSpanElement>(null);
  const previous = useRef(value);
  useLayoutEffect(() => {
    const before = previous.current;
    previous.current = value;
    const node = element.current;
    if (!node?.animate || before === null || value === null || before === value) return;
    if (wantsStillness()) return;
    const tint = getComputedStyle(node).getPropertyValue(value > before ? '--flash-up' : '--flash-down');
    node.animate([{ backgroundColor: tint }, { backgroundColor: 'transparent' }], FLASH_MS);
  }, [value]);
  return (
    <span ref={element} className={cn('tick -mx-1 rounded-[3px] px-1 tabular-nums', className)}>
      {children}
    </span>
  );
}
