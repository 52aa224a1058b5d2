/** One bar: `time` is its stamp in epoch seconds; prices in rupees; `volume` traded within it. */
export interface Bar {
  time: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}

/**
 * Answers of several requests as one ascending row without doubles. Of two bars with one stamp the later argument
 * wins: a newer answer knows more of a bar that was still forming.
 */
export function mergeBars(...parts: (readonly Bar[])[]): Bar[] {
  const filled = parts.filter((part) => part.length > 0);
  let merged: Bar[] = [];
  for (const part of filled) {
    const last = merged.at(-1);
    const first = part[0];
    if (!last || !first) merged = [...part];
    else if (last.time < first.time) merged = merged.concat(part);
    else merged = mergeTwo(merged, part);
  }
  return merged;
}

function mergeTwo(older: readonly Bar[], newer: readonly Bar[]): Bar[] {
  const merged: Bar[] = [];
  let at = 0;
  for (const bar of newer) {
    for (let next = older[at]; next && next.time < bar.time; next = older[at]) {
      merged.push(next);
      at += 1;
    }
    if (older[at]?.time === bar.time) at += 1;
    merged.push(bar);
  }
  return merged.concat(older.slice(at));
}

/** Percent that the close of a bar moved since the close before it. */
export function barChange(bars: readonly Bar[], index: number): number | null {
  const close = bars[index]?.close;
  const before = bars[index - 1]?.close;
  return close !== undefined && before ? ((close - before) / before) * 100 : null;
}
