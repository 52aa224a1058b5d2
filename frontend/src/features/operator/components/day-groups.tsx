import { Plus } from 'lucide-react';
import { Button } from '@/components/ui/button';
import { WindowsField } from '@/features/operator/components/windows-field';
import { type DayGroup, toggled } from '@/features/operator/hooks/day-groups';
import { t } from '@/messages/words';

interface DayGroupsProps {
  groups: readonly DayGroup[];
  exchanges: readonly string[];
  onChange: (groups: DayGroup[]) => void;
}

/** Which exchanges are closed and which open when: a group for each set of hours, an exchange in one at most. */
export function DayGroups({ groups, exchanges, onChange }: DayGroupsProps) {
  return (
    <>
      {groups.map(({ exchanges: chosen, windows }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a group has no identity but its place.
        <fieldset key={at} className="grid gap-2 rounded border border-line p-2">
          <legend className="px-1 text-muted text-xs">
            {t('Exchanges with the same hours, group {{number}}', { number: at + 1 })}
          </legend>
          <div className="flex flex-wrap gap-x-4 gap-y-1">
            {exchanges.map((exchange) => (
              <label key={exchange} className="inline-flex items-center gap-1.5">
                <input
                  type="checkbox"
                  checked={chosen.includes(exchange)}
                  onChange={() => onChange(toggled(groups, at, exchange))}
                />
                {exchange}
              </label>
            ))}
          </div>
          <WindowsField
            label={t('Sessions; none for closed')}
            windows={windows}
            onChange={(changed) =>
              onChange(groups.map((group, index) => (index === at ? { ...group, windows: changed } : group)))
            }
          />
        </fieldset>
      ))}
      <Button
        size="sm"
        className="justify-self-start"
        onClick={() => onChange([...groups, { exchanges: [], windows: [] }])}
      >
        <Plus /> {t('Other hours for other exchanges')}
      </Button>
    </>
  );
}
