import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ACCENTS } from '@/lib/look';

const SHEET = readFileSync('src/index.css', 'utf8');

/** The variables of one rule of the sheet. */
function rule(selector: string): Record<string, string> {
  const body = SHEET.slice(SHEET.indexOf(`${selector} {`)).split('}')[0] ?? '';
  return Object.fromEntries(
    [...body.matchAll(/--([\w-]+): (#\w{6});/g)].map(([, name, value]) => [name, value]),
  );
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one = '#000000', other = '#000000'): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

describe.each(['dark', 'light'])('accents in the %s theme', (theme) => {
  const page = rule(`[data-theme="${theme}"]`);
  it.each(ACCENTS)('%s is readable as text and under text', (accent) => {
    const colours = {
      ...page,
      ...(accent !== 'amber' && rule(`[data-theme="${theme}"][data-accent="${accent}"]`)),
    };
    expect(Object.keys(colours)).toEqual(
      expect.arrayContaining(['accent', 'accent-text', 'on-accent', 'bg', 'panel']),
    );
    for (const under of [colours.bg, colours.panel, colours.raised])
      expect(contrast(colours['accent-text'], under)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(colours['on-accent'], colours.accent)).toBeGreaterThanOrEqual(4.5);
  });
});
