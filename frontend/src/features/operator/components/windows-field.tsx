import { Plus, X } from 'lucide-react';
import { Button } from '@/components/ui/button';
import { Input, Select } from '@/components/ui/input';
import type { SessionWindow } from '@/features/operator/api/market-rules';
import { t } from '@/messages/words';

/** Sessions as one line each: `continuous 09:15–15:30`. */
export function windowsText(windows: readonly SessionWindow[]): string {
  return windows.map(({ kind, start, end }) => `${kind} ${start ?? '?'}–${end ?? '?'}`).join(', ');
}

const KINDS = ['preopen', 'continuous', 'auction', 'postclose', 'special'];
const NEW: SessionWindow = { kind: 'continuous', start: '09:15', end: '15:30' };

interface WindowsProps {
  label: string;
  windows: readonly SessionWindow[];
  onChange: (windows: SessionWindow[]) => void;
}

/** The sessions of a day, in order. Times are HH:MM up to 30:00; an end may be `close` or `us`. */
export function WindowsField({ label, windows, onChange }: WindowsProps) {
  const change = (index: number, changes: Partial<SessionWindow>) =>
    onChange(windows.map((row, at) => (at === index ? { ...row, ...changes } : row)));
  return (
    <fieldset className="grid gap-1.5">
      <legend className="pb-1 text-muted text-xs">{label}</legend>
      {windows.map((row, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a session has no identity but its place.
        <div key={index} className="grid grid-cols-[1fr_5.5rem_5.5rem_auto] gap-1.5">
          <Select
            aria-label={t('Kind of session {{number}}', { number: index + 1 })}
            value={row.kind}
            onChange={(event) => change(index, { kind: event.target.value })}
          >
            {KINDS.map((kind) => (
              <option key={kind}>{kind}</option>
            ))}
          </Select>
          <Input
            aria-label={t('Start of session {{number}}', { number: index + 1 })}
            required
            maxLength={5}
            value={row.start ?? ''}
            onChange={(event) => change(index, { start: event.target.value })}
          />
          <Input
            aria-label={t('End of session {{number}}', { number: index + 1 })}
            required
            maxLength={5}
            value={row.end ?? ''}
            onChange={(event) => change(index, { end: event.target.value })}
          />
          <Button
            variant="ghost"
            size="icon"
            aria-label={t('Remove session {{number}}', { number: index + 1 })}
            onClick={() => onChange(windows.filter((_, at) => at !== index))}
          >
            <X />
          </Button>
        </div>
      ))}
      <Button size="sm" className="justify-self-start" onClick={() => onChange([...windows, NEW])}>
        <Plus /> {t('Session')}
      </Button>
    </fieldset>
  );
}
