import { StakesBadge } from '@/components/market/stakes-badge';
import { useStakes } from '@/lib/session/stakes';

/** Whether money is real, always in sight once there is an account. */
export function ModeBadge() {
  return useStakes().kind === 'none' ? null : <StakesBadge className="h-6 rounded px-2" />;
}
