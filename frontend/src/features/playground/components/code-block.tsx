import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';

interface CodeBlockProps {
  label: string;
  children: ReactNode;
  className?: string;
}

/** Text that scrolls in itself, and so can be reached by keyboard. */
export function CodeBlock({ label, children, className }: CodeBlockProps) {
  return (
    <section
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
      tabIndex={0}
      className={cn('overflow-auto rounded border border-line bg-panel p-2', className)}
    >
      <pre className="whitespace-pre-wrap break-words font-mono text-xs leading-5">{children}</pre>
    </section>
  );
}
