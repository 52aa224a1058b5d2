import { ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { cn } from '@/lib/cn';
import { t } from '@/messages/words';

const PAGE = 100;
const OPEN_DEPTH = 3;
const OPEN_COUNT = 25;

type Entries = readonly (readonly [string, unknown])[];

function entriesOf(value: object): Entries {
  return Array.isArray(value) ? value.map((item, index) => [String(index), item]) : Object.entries(value);
}

function Leaf({ value }: { value: unknown }) {
  if (typeof value === 'string') return <span className="break-all text-buy">{JSON.stringify(value)}</span>;
  return (
    <span className={typeof value === 'number' ? 'text-accent-text' : 'text-warn'}>{String(value)}</span>
  );
}

interface NodeProps {
  name: string | null;
  value: unknown;
  depth: number;
}

function Name({ name }: { name: string | null }) {
  return name === null ? null : <span className="text-muted">{name}: </span>;
}

function Branch({ name, value, depth }: NodeProps & { value: object }) {
  const entries = entriesOf(value);
  const [isOpen, setIsOpen] = useState(depth === 0 || (depth < OPEN_DEPTH && entries.length <= OPEN_COUNT));
  const [shown, setShown] = useState(PAGE);
  const size = Array.isArray(value) ? `[${entries.length}]` : `{${entries.length}}`;
  return (
    <li>
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => setIsOpen(!isOpen)}
        className="-ml-4 inline-flex min-h-6 items-center gap-0.5 rounded pr-1 text-left hover:bg-hover"
      >
        <ChevronRight className={cn('size-3.5 text-muted', isOpen && 'rotate-90')} aria-hidden />
        <Name name={name} />
        <span className="text-muted">{size}</span>
      </button>
      {isOpen && (
        <ul className="ml-1 border-line border-l pl-5">
          {entries.slice(0, shown).map(([key, item]) => (
            <TreeNode key={key} name={key} value={item} depth={depth + 1} />
          ))}
          {shown < entries.length && (
            <li>
              <Button size="xs" onClick={() => setShown(shown + PAGE)}>
                {t('{{number}} more of {{all}}', {
                  number: Math.min(PAGE, entries.length - shown),
                  all: entries.length,
                })}
              </Button>
            </li>
          )}
        </ul>
      )}
    </li>
  );
}

function TreeNode({ name, value, depth }: NodeProps) {
  if (value !== null && typeof value === 'object' && entriesOf(value).length > 0)
    return <Branch name={name} value={value} depth={depth} />;
  return (
    <li className="min-h-5">
      <Name name={name} />
      {value !== null && typeof value === 'object' ? (
        Array.isArray(value) ? (
          '[]'
        ) : (
          '{}'
        )
      ) : (
        <Leaf value={value} />
      )}
    </li>
  );
}

/** JSON with folding. Long lists come a hundred at a time, so that a large answer opens at once. */
export function JsonTree({ value }: { value: unknown }) {
  return (
    <ul
      aria-label={t('Body')}
      className="overflow-x-auto rounded border border-line bg-panel py-1 pr-2 pl-5 font-mono text-xs leading-5"
    >
      <TreeNode name={null} value={value} depth={0} />
    </ul>
  );
}
