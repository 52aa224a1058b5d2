import { Shield, ShieldCheck } from 'lucide-react';
import { Button } from '@/components/ui/button';
import { isChangeable, type PositionExit } from '@/features/positions/api/exits';
import type { Position } from '@/features/positions/api/get-positions';
import { t } from '@/messages/words';

interface ProtectButtonProps {
  /** A table row has room for a sign only. */
  isCompact?: boolean;
  position: Position;
  exit: PositionExit | undefined;
  onProtect: (position: Position) => void;
}

/** Opens the dialog of a position's exits; says whether some are running. */
export function ProtectButton({ isCompact, position, exit, onProtect }: ProtectButtonProps) {
  const word = exit ? t('Protected') : t('Protect');
  const Sign = exit ? ShieldCheck : Shield;
  return (
    <Button
      size={isCompact ? 'xs' : 'sm'}
      disabled={exit && !isChangeable(exit)}
      title={isCompact ? word : undefined}
      aria-label={`${word} ${position.symbol} ${position.product}`}
      onClick={() => onProtect(position)}
    >
      {isCompact ? <Sign className={exit && 'text-up'} /> : word}
    </Button>
  );
}
