import type { QuoteStore } from '@/lib/market-data/quote-store';
import { t } from '@/messages/words';

/** A price that nothing was heard of for this long is shown as old, milliseconds. */
export const OLD_AFTER_MS = 60_000;
const LOOK_EVERY_MS = 2_000;

interface Watched {
  quotes: Pick<QuoteStore, 'heardAt'>;
  key: string;
  since: number;
}

const watched = new Map<HTMLElement, Watched>();
let timer: ReturnType<typeof setInterval> | undefined;

/** How old a price is in words: `45 s`, `12 min`, `3 h`. */
export function ageText(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1_000);
  if (seconds < 60) return t('{{seconds}} s', { seconds });
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? t('{{minutes}} min', { minutes })
    : t('{{hours}} h', { hours: Math.floor(minutes / 60) });
}

function look(now = Date.now()): void {
  for (const [node, { quotes, key, since }] of watched) {
    const heard = quotes.heardAt(key);
    const age = now - (heard ?? since);
    if (age < OLD_AFTER_MS) {
      if (node.dataset.old === undefined) continue;
      delete node.dataset.old;
      node.removeAttribute('title');
      continue;
    }
    node.dataset.old = ageText(age);
    node.title =
      heard === null
        ? t('No tick for {{age}}', { age: ageText(age) })
        : t('Last tick {{age}} ago', { age: ageText(age) });
  }
}

/** Greys a live cell when its price has grown old, and says its age; one clock for all cells. */
export function watchAge(node: HTMLElement, quotes: Pick<QuoteStore, 'heardAt'>, key: string): () => void {
  watched.set(node, { quotes, key, since: Date.now() });
  timer ??= setInterval(look, LOOK_EVERY_MS);
  return () => {
    watched.delete(node);
    if (watched.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}
