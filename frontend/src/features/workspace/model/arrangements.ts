/** What can stand in the workspace. */
export const PANELS = ['watchlist', 'chart', 'chart2', 'depth', 'ticket', 'books'] as const;
export type PanelId = (typeof PANELS)[number];

/** Panels side by side or one above the other. */
export interface GroupNode {
  group: string;
  direction: 'horizontal' | 'vertical';
  size: number;
  least: number;
  parts: readonly Node[];
}

/** A panel, or panels side by side or one above the other. Sizes are hundredths of the group they are in. */
export type Node = { panel: PanelId; size: number; least: number; isCollapsible?: boolean } | GroupNode;

export const ARRANGEMENTS = ['chart', 'ladder', 'two-charts'] as const;
export type Arrangement = (typeof ARRANGEMENTS)[number];

const WATCHLIST: Node = { panel: 'watchlist', size: 19, least: 12, isCollapsible: true };
const BOOKS: Node = { panel: 'books', size: 34, least: 14, isCollapsible: true };
const DEPTH: Node = { panel: 'depth', size: 40, least: 20, isCollapsible: true };
const TICKET: Node = { panel: 'ticket', size: 60, least: 24, isCollapsible: true };

/** How the panels lie before anybody moved them. */
export const TREES: Record<Arrangement, GroupNode> = {
  chart: {
    group: 'all',
    direction: 'horizontal',
    size: 100,
    least: 100,
    parts: [
      WATCHLIST,
      {
        group: 'middle',
        direction: 'vertical',
        size: 58,
        least: 30,
        parts: [{ panel: 'chart', size: 66, least: 20 }, BOOKS],
      },
      { group: 'right', direction: 'vertical', size: 23, least: 16, parts: [DEPTH, TICKET] },
    ],
  },
  ladder: {
    group: 'all',
    direction: 'horizontal',
    size: 100,
    least: 100,
    parts: [
      { ...WATCHLIST, size: 17 },
      { ...DEPTH, size: 24, least: 15 },
      {
        group: 'middle',
        direction: 'vertical',
        size: 36,
        least: 24,
        parts: [
          { panel: 'chart', size: 55, least: 20 },
          { ...BOOKS, size: 45 },
        ],
      },
      { ...TICKET, size: 23, least: 16 },
    ],
  },
  'two-charts': {
    group: 'all',
    direction: 'horizontal',
    size: 100,
    least: 100,
    parts: [
      { ...WATCHLIST, size: 16 },
      {
        group: 'middle',
        direction: 'vertical',
        size: 62,
        least: 34,
        parts: [
          {
            group: 'charts',
            direction: 'horizontal',
            size: 66,
            least: 20,
            parts: [
              { panel: 'chart', size: 50, least: 20 },
              { panel: 'chart2', size: 50, least: 20 },
            ],
          },
          BOOKS,
        ],
      },
      { group: 'right', direction: 'vertical', size: 22, least: 16, parts: [DEPTH, TICKET] },
    ],
  },
};

export const nameOf = (node: Node): string => ('panel' in node ? node.panel : node.group);

/** The panels of an arrangement, as they lie. */
export function panelsOf(node: Node): PanelId[] {
  return 'panel' in node ? [node.panel] : node.parts.flatMap(panelsOf);
}

/** Sizes of the parts of every group: group → part → hundredths. */
export type Sizes = Record<string, Record<string, number>>;

function isUsable(node: GroupNode, sizes: Record<string, number> | undefined): boolean {
  if (!sizes) return false;
  const names = node.parts.map(nameOf);
  const total = names.reduce((sum, name) => sum + (sizes[name] ?? Number.NaN), 0);
  return Math.abs(total - 100) < 1 && names.every((name) => (sizes[name] ?? -1) >= 0);
}

/** The sizes to begin with: what was kept where it still fits the arrangement, else the arrangement's own. */
export function sizesOf(node: GroupNode, kept: Sizes): Record<string, number> {
  const found = kept[node.group];
  if (found && isUsable(node, found))
    return Object.fromEntries(node.parts.map((part) => [nameOf(part), found[nameOf(part)] ?? 0]));
  return Object.fromEntries(node.parts.map((part) => [nameOf(part), part.size]));
}
