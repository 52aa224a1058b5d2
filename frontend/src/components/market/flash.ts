import { mark } from '@/lib/market-data/live-node';
import { wantsStillness } from '@/stores/appearance';

const TINT_MS = 400;
const LOOK_EVERY_MS = 120;

const tinted = new Map<HTMLElement, number>();
let timer: ReturnType<typeof setTimeout> | undefined;

function sweep(): void {
  const now = performance.now();
  for (const [node, until] of tinted) {
    if (until > now) continue;
    tinted.delete(node);
    mark(node, 'move', null);
  }
  timer = tinted.size > 0 ? setTimeout(sweep, LOOK_EVERY_MS) : undefined;
}

/**
 * Tints a cell for a moment when its number moves; people who ask for less motion get none.
 * An attribute instead of an animation: a price that moves ten times a second costs no more than one that stands.
 */
export function flash(node: HTMLElement, before: number | null, now: number | null): void {
  if (before === null || now === null || before === now || wantsStillness()) return;
  mark(node, 'move', now > before ? 'up' : 'down');
  tinted.set(node, performance.now() + TINT_MS);
  if (timer === undefined) timer = setTimeout(sweep, LOOK_EVERY_MS);
}
