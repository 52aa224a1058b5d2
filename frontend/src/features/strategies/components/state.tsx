import { Power } from 'lucide-react';
import type { ComponentProps } from 'react';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import type { Strategy } from '@/features/strategies/api/get-strategies';
import { useActivate } from '@/features/strategies/api/write-strategies';
import { t } from '@/messages/words';

export function StateBadge({ strategy }: { strategy: Strategy }) {
  return (
    <Badge tone={strategy.is_active ? 'good' : 'neutral'}>
      {strategy.is_active ? t('listens') : t('off')}
    </Badge>
  );
}

interface SwitchButtonProps extends Pick<ComponentProps<typeof Button>, 'size'> {
  strategy: Strategy;
}

export function SwitchButton({ strategy, size }: SwitchButtonProps) {
  const { mutate, isPending } = useActivate();
  const { name, is_active } = strategy;
  return (
    <Button
      size={size}
      isBusy={isPending}
      aria-label={is_active ? t('Switch {{name}} off', { name }) : t('Switch {{name}} on', { name })}
      onClick={() => mutate(strategy)}
    >
      <Power /> {is_active ? t('Switch off') : t('Switch on')}
    </Button>
  );
}
