import { Pause, Play, Trash2 } from 'lucide-react';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { TextFilter } from '@/components/filters/filter-bar';
import { Button } from '@/components/ui/button';
import { CopyButton } from '@/components/ui/copy-button';
import { JsonTree } from '@/features/playground/components/json-tree';
import { LinePainter } from '@/features/playground/hooks/line-painter';
import type { Line, SocketProbe } from '@/features/playground/hooks/socket-probe';
import { t } from '@/messages/words';

const COUNT_EVERY_MS = 500;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Figures of the stream, written by a clock and not by React. */
function Figures({ probe }: { probe: SocketProbe }) {
  const box = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const write = () => {
      if (!box.current) return;
      const { dropped } = probe.lines;
      const kept = dropped ? `, ${t('newest {{number}} kept', { number: probe.lines.capacity })}` : '';
      box.current.textContent = `${probe.rate.perSecond(Date.now())}/s · ${t('{{number}} received', { number: probe.received })}${kept}`;
    };
    write();
    const timer = setInterval(write, COUNT_EVERY_MS);
    return () => clearInterval(timer);
  }, [probe]);
  return <span ref={box} className="text-muted text-xs tabular-nums" />;
}

function Detail({ line, onClose }: { line: Line; onClose: () => void }) {
  const value = line.kind === 'event' ? undefined : parsed(line.text);
  return (
    <section
      aria-label={t('Chosen message')}
      className="grid @4xl:max-h-[45%] shrink-0 content-start gap-1 @4xl:overflow-y-auto border-line border-t p-2"
    >
      <div className="flex items-center gap-2">
        <h2 className="flex-1 text-muted text-xs">{t('Chosen message')}</h2>
        <CopyButton label={t('Copy the message')} text={() => line.text} />
        <Button size="xs" variant="ghost" onClick={onClose}>
          {t('Close')}
        </Button>
      </div>
      {value !== undefined ? (
        <JsonTree value={value} />
      ) : (
        <p className="break-words font-mono text-xs">{line.text}</p>
      )}
    </section>
  );
}

/** What came and went, newest first. Choosing a line holds the view still; the buffer goes on filling behind it. */
export function LineView({ probe }: { probe: SocketProbe }) {
  const list = useRef<HTMLDivElement>(null);
  const painter = useRef<LinePainter | null>(null);
  const [filter, setFilter] = useState('');
  const [isPaused, setIsPaused] = useState(false);
  const [chosen, setChosen] = useState<Line | null>(null);

  useEffect(() => {
    if (!list.current) return;
    painter.current = new LinePainter(list.current, probe);
    return () => painter.current?.end();
  }, [probe]);
  useEffect(() => painter.current?.set(filter.trim().toLowerCase(), isPaused), [filter, isPaused]);

  const choose = (row: Element | null | undefined) => {
    const line = row && painter.current?.lineOf(row);
    if (!line || !list.current) return;
    for (const one of list.current.querySelectorAll('[aria-selected="true"]'))
      one.setAttribute('aria-selected', 'false');
    row.setAttribute('aria-selected', 'true');
    row.scrollIntoView({ block: 'nearest' });
    list.current.setAttribute('aria-activedescendant', row.id);
    setIsPaused(true);
    setChosen(line);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const at = list.current?.querySelector('[aria-selected="true"]') ?? null;
    const first = list.current?.firstElementChild;
    if (event.key === 'ArrowDown') choose(at ? at.nextElementSibling : first);
    else if (event.key === 'ArrowUp') choose(at ? at.previousElementSibling : first);
    else if (event.key === 'Home') choose(first);
    else return;
    event.preventDefault();
  };
  const resume = () => {
    setIsPaused(false);
    setChosen(null);
    list.current?.removeAttribute('aria-activedescendant');
  };
  return (
    <section aria-label={t('Messages')} className="flex @4xl:min-h-0 min-w-0 flex-col">
      <div className="flex flex-wrap items-center gap-2 border-line border-b p-2">
        <TextFilter label={t('Filter messages')} value={filter} onChange={setFilter} />
        <Button size="sm" aria-pressed={isPaused} onClick={() => (isPaused ? resume() : setIsPaused(true))}>
          {isPaused ? <Play /> : <Pause />} {isPaused ? t('Resume') : t('Pause')}
        </Button>
        <Button
          size="sm"
          variant="ghost"
          onClick={() => {
            probe.clear();
            setChosen(null);
          }}
        >
          <Trash2 /> {t('Clear')}
        </Button>
        <Figures probe={probe} />
      </div>
      <div
        ref={list}
        role="listbox"
        tabIndex={0}
        aria-label={t('Messages, newest first')}
        data-empty={t('Connect, then send a message: all that comes and goes is listed here.')}
        onClick={(event) => choose((event.target as Element).closest('[role="option"]'))}
        onKeyDown={onKeyDown}
        className="@4xl:max-h-none max-h-[50dvh] min-h-32 flex-1 overflow-y-auto py-1 font-mono text-xs leading-5 empty:before:block empty:before:p-3 empty:before:font-sans empty:before:text-muted empty:before:content-[attr(data-empty)]"
      />
      {chosen && <Detail line={chosen} onClose={resume} />}
    </section>
  );
}
