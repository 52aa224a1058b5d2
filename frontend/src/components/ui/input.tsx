import type { ComponentProps } from 'react';
import { cn } from '@/lib/cn';

const box =
  'h-8 w-full min-w-0 rounded border border-field bg-panel px-2 text-sm text-text placeholder:text-muted disabled:opacity-55 aria-invalid:border-down aria-invalid:outline-down max-md:h-10 max-md:text-base';

export function Input({ className, ...rest }: ComponentProps<'input'>) {
  return <input className={cn(box, className)} {...rest} />;
}

export function Select({ className, children, ...rest }: ComponentProps<'select'>) {
  return (
    <select className={cn(box, 'pr-1', className)} {...rest}>
      {children}
    </select>
  );
}
