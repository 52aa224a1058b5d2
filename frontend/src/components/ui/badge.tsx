import { cva, type VariantProps } from 'class-variance-authority';
import type { ComponentProps } from 'react';
import { cn } from '@/lib/cn';

const badgeVariants = cva(
  'inline-flex items-center gap-1 rounded-[3px] px-1.5 py-px font-medium text-2xs leading-4',
  {
    variants: {
      tone: {
        neutral: 'bg-raised text-muted',
        good: 'bg-raised text-up',
        bad: 'bg-raised text-down',
        warn: 'bg-raised text-warn',
        buy: 'bg-raised text-buy',
        sell: 'bg-raised text-sell',
        paper: 'bg-paper-fill text-white',
      },
    },
    defaultVariants: { tone: 'neutral' },
  },
);

export type Tone = NonNullable<VariantProps<typeof badgeVariants>['tone']>;

export function Badge({
  className,
  tone,
  ...rest
}: ComponentProps<'span'> & VariantProps<typeof badgeVariants>) {
  return <span className={cn(badgeVariants({ tone }), className)} {...rest} />;
}
