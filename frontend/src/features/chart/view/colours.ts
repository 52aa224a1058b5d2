import { type Pair, upDown } from '@/features/chart/view/look';

/** The desk's tokens as the canvas needs them: plain colours, read anew when the theme changes. */
export interface Colours {
  text: string;
  background: string;
  grid: string;
  border: string;
  up: string;
  down: string;
  buy: string;
  sell: string;
  accent: string;
  lines: readonly string[];
  font: string;
}

const LINES = ['--chart-1', '--chart-2', '--chart-3', '--chart-4', '--chart-5', '--chart-6'];

export function readColours(pair: Pair = 'desk'): Colours {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string) => style.getPropertyValue(name).trim() || '#888888';
  return {
    text: token('--muted'),
    background: token('--bg'),
    grid: token('--line'),
    border: token('--line-strong'),
    ...upDown(pair, document.documentElement.dataset.theme === 'light' ? 'light' : 'dark', {
      up: token('--up'),
      down: token('--down'),
    }),
    accent: token('--accent'),
    buy: token('--buy'),
    sell: token('--sell'),
    lines: LINES.map(token),
    font: getComputedStyle(document.body).fontFamily || 'sans-serif',
  };
}

/** `#rrggbb` at a third of its strength. */
export function faint(colour: string): string {
  return /^#[0-9a-f]{6}$/i.test(colour) ? `${colour}55` : colour;
}

export function watchTheme(onChange: () => void): () => void {
  const observer = new MutationObserver(onChange);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  return () => observer.disconnect();
}
