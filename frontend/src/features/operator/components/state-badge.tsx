import { CircleAlert, CircleCheck, CircleDashed, CircleMinus, TriangleAlert } from 'lucide-react';
import { Badge } from '@/components/ui/badge';
import type { HealthState } from '@/features/operator/api/health';
import { t } from '@/messages/words';

/** A state in a sign, a word and a colour. */
export function StateBadge({ state }: { state: HealthState }) {
  switch (state) {
    case 'pass':
      return (
        <Badge tone="good">
          <CircleCheck className="size-3" aria-hidden /> {t('works')}
        </Badge>
      );
    case 'warn':
      return (
        <Badge tone="warn">
          <TriangleAlert className="size-3" aria-hidden /> {t('look')}
        </Badge>
      );
    case 'fail':
      return (
        <Badge tone="bad">
          <CircleAlert className="size-3" aria-hidden /> {t('fails')}
        </Badge>
      );
    case 'unknown':
      return (
        <Badge>
          <CircleDashed className="size-3" aria-hidden /> {t('not known yet')}
        </Badge>
      );
    default:
      return (
        <Badge>
          <CircleMinus className="size-3" aria-hidden /> {t('not needed')}
        </Badge>
      );
  }
}
