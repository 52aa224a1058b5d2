import { cva, type VariantProps } from 'class-variance-authority';
import { LoaderCircle } from 'lucide-react';
import { Slot } from 'radix-ui';
import type { ComponentProps } from 'react';
import { cn } from '@/lib/cn';

export const buttonVariants = cva(
  'inline-flex shrink-0 select-none items-center justify-center gap-1.5 whitespace-nowrap rounded font-medium transition-colors disabled:cursor-not-allowed disabled:opacity-55 [&_svg]:size-4 [&_svg]:shrink-0',
  {
    variants: {
      variant: {
        primary: 'bg-accent text-on-accent hover:brightness-110',
        outline: 'border border-line-strong bg-transparent text-text hover:bg-hover',
        ghost: 'text-muted hover:bg-hover hover:text-text',
        buy: 'bg-buy-fill text-white hover:brightness-110',
        sell: 'bg-sell-fill text-white hover:brightness-110',
        danger: 'bg-danger-fill text-white hover:brightness-110',
        buyGhost: 'border border-line-strong text-buy hover:bg-buy-fill hover:text-white',
        sellGhost: 'border border-line-strong text-sell hover:bg-sell-fill hover:text-white',
      },
      size: {
        xs: 'h-6 min-w-6 px-1.5 text-2xs [&_svg]:size-3.5',
        sm: 'h-7 px-2.5 text-xs',
        md: 'h-8 px-3 text-sm',
        lg: 'h-10 px-4 text-sm',
        icon: 'size-8',
        iconXs: 'size-6 [&_svg]:size-3.5',
      },
    },
    defaultVariants: { variant: 'outline', size: 'md' },
  },
);

interface ButtonProps extends ComponentProps<'button'>, VariantProps<typeof buttonVariants> {
  asChild?: boolean;
  isBusy?: boolean;
}

export function Button({
  className,
  variant,
  size,
  asChild,
  isBusy,
  children,
  disabled,
  ...rest
}: ButtonProps) {
  const Component = asChild ? Slot.Root : 'button';
  return (
    <Component
      type={asChild ? undefined : 'button'}
      className={cn(buttonVariants({ variant, size }), className)}
      disabled={disabled || isBusy}
      aria-busy={isBusy || undefined}
      {...rest}
    >
      {asChild ? (
        children
      ) : (
        <>
          {isBusy && <LoaderCircle className="animate-spin" aria-hidden />}
          {children}
        </>
      )}
    </Component>
  );
}
