import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { TextFilter } from '@/components/filters/filter-bar';
import { Badge, type Tone } from '@/components/ui/badge';
import { EmptyState, ErrorState, Skeleton, StaleNotice } from '@/components/ui/states';
import { LEVELS, type LogLine, logFilesQuery, logQuery } from '@/features/operator/api/logs';
import { bytes, inline, moment } from '@/features/operator/hooks/figures';
import { useDebounced } from '@/hooks/use-debounced';
import { useUrlState } from '@/hooks/use-url-state';
import { t } from '@/messages/words';

const TONES: Readonly<Record<string, Tone>> = { WARNING: 'warn', ERROR: 'bad', CRITICAL: 'bad' };
const box = 'h-7 rounded border border-field bg-panel px-1.5 text-xs max-md:h-9';

function Row({ line }: { line: LogLine }) {
  const facts = Object.entries(line.facts);
  return (
    <li className="grid grid-cols-[9rem_5rem_1fr] gap-x-2 border-line border-b px-3 py-1 font-mono text-xs max-md:grid-cols-[1fr_auto]">
      <span className="text-muted tabular-nums">{line.at ? moment(line.at) : '–'}</span>
      <span>
        <Badge tone={TONES[line.level] ?? 'neutral'}>{line.level || '–'}</Badge>
      </span>
      <div className="min-w-0 break-words max-md:col-span-2">
        {line.logger && <span className="text-muted">{line.logger} </span>}
        {line.message}
        {facts.map(([name, value]) => (
          <span key={name} className="ml-2 text-muted">
            {name}={inline(value)}
          </span>
        ))}
        {line.trace && (
          <details>
            <summary>{t('Trace')}</summary>
            <pre className="overflow-auto whitespace-pre-wrap">{line.trace}</pre>
          </details>
        )}
      </div>
    </li>
  );
}

function Lines({ filters }: { filters: Parameters<typeof logQuery>[0] }) {
  const { data, error, refetch } = useQuery(logQuery(filters));
  if (!data) {
    return error ? (
      <ErrorState error={error} onRetry={() => void refetch()} />
    ) : (
      <div role="status" aria-label={t('Loading the log')} className="grid gap-2 p-3">
        {[0, 1, 2, 3, 4, 5, 6, 7].map((index) => (
          <Skeleton key={index} className="h-5" />
        ))}
      </div>
    );
  }
  return (
    <>
      {error && <StaleNotice error={error} onRetry={() => void refetch()} />}
      {data.rows.length === 0 ? (
        <EmptyState
          title={filters.words ? t('No row matches') : t('Nothing was logged at this level')}
          hint={t('A lower level or fewer words show more.')}
        />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
        <ol aria-label={t('Log rows, newest first')} tabIndex={0} className="min-h-0 flex-1 overflow-auto">
          {data.rows.map((line) => (
            <Row key={line.number} line={line} />
          ))}
        </ol>
      )}
    </>
  );
}

/** The log of the running program or of a file: followed, by level, by words; secrets are masked by the server. */
export function LogViewer() {
  const { read, set } = useUrlState();
  const files = useQuery(logFilesQuery);
  const [isFollowing, setFollowing] = useState(true);
  const words = useDebounced(read('q'), 300);
  const level = LEVELS.find((each) => each === read('level')) ?? 'INFO';
  const file = read('file');
  return (
    <section aria-label={t('Program log')} className="flex min-h-0 flex-1 flex-col">
      <div className="flex min-h-10 flex-wrap items-center gap-2 border-line border-b px-3 py-1">
        <select
          aria-label={t('Log')}
          className={box}
          value={file}
          onChange={(event) => set('file', event.target.value)}
        >
          <option value="">{t('Running program')}</option>
          {files.data?.map(({ name, bytes: size }) => (
            <option key={name} value={name}>
              {name} ({bytes(size)})
            </option>
          ))}
        </select>
        <select
          aria-label={t('Least level')}
          className={box}
          value={level}
          onChange={(event) => set('level', event.target.value)}
        >
          {LEVELS.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
        <TextFilter label={t('Words in the log')} value={read('q')} onChange={(q) => set('q', q)} />
        <label className="inline-flex items-center gap-1.5 text-xs">
          <input
            type="checkbox"
            checked={isFollowing}
            onChange={(event) => setFollowing(event.target.checked)}
          />
          {t('Follow')}
        </label>
      </div>
      <Lines filters={{ file, level, words, isFollowing }} />
    </section>
  );
}
