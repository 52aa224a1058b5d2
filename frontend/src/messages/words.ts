import type { Say } from '@/messages/translator';

export const LANGUAGES = ['en', 'hi'] as const;
export type Language = (typeof LANGUAGES)[number];
/** Each language in its own words, as a reader looks for it. */
export const LANGUAGE_NAMES: Record<Language, string> = { en: 'English', hi: 'हिन्दी' };
/** `public/theme-boot.js` reads it before the first paint. */
const KEY = 'openalgo.language';

/** The names between double braces in a text. */
type Names<Text extends string> = Text extends `${string}{{${infer Name}}}${infer Rest}`
  ? Name | Names<Rest>
  : never;
export type Values<Text extends string> = {
  [Name in Names<Text>]: Name extends 'count' ? number : string | number;
};
interface Options {
  /** The English text for a count of one. */
  one?: string;
  /** Tells two meanings of one English text apart; the Hindi stands under `text_context`. */
  context?: string;
}
export type Arguments<Text extends string> = [Names<Text>] extends [never]
  ? [options?: Options]
  : [values: Values<Text> & Options];

/** What the page was opened in; the boot script has set it before any module ran. */
function bootLanguage(): Language {
  return typeof document !== 'undefined' && document.documentElement.lang === 'hi' ? 'hi' : 'en';
}

/** The Hindi texts and what puts them together are a chunk of their own, which who reads English never loads. */
async function load(language: Language): Promise<{ language: Language; say: Say | null }> {
  if (language === 'en') return { language, say: null };
  try {
    const [{ hindi }, { translator }] = await Promise.all([
      import('@/messages/hindi'),
      import('@/messages/translator'),
    ]);
    return { language, say: translator(language, hindi) };
  } catch {
    // An English desk is better than none while the chunk cannot be had.
    document.documentElement.lang = 'en-IN';
    return { language: 'en', say: null };
  }
}

// Modules that import `t` wait here, so texts of module scope are in the right language, too.
const loaded = await load(bootLanguage());

export const language: Language = loaded.language;
const { say } = loaded;
/** Texts without values, as they were said: a page asks for the same few hundred on every render. */
const said = new Map<string, string>();

function plain(text: string): string {
  if (!say) return text;
  let words = said.get(text);
  if (words === undefined) {
    words = say(text, { defaultValue: text });
    said.set(text, words);
  }
  return words;
}

/**
 * A text of the desk in the language of the page; the English text is the key.
 * Placeholders are `{{name}}`; `count` chooses between `one` and the text itself.
 */
export function t<const Text extends string>(text: Text, ...[given]: Arguments<Text>): string {
  if (!given) return plain(text);
  const { one, ...values } = given as Options & Record<string, unknown>;
  if (say) return say(text, { ...values, defaultValue: text, ...(one && { defaultValue_one: one }) });
  const words = one && values.count === 1 ? one : text;
  return values.skipInterpolation ? words : fill(words, values);
}

/** A piece of a text with its placeholders filled in. */
export function fill(piece: string, values: object): string {
  const known = values as Record<string, unknown>;
  return piece.replace(/\{\{(\w+)\}\}/g, (_all, name: string) => String(known[name] ?? ''));
}

/** Remembers the language for this browser and opens the page again in it. */
export function openIn(next: Language, reload: () => void = () => location.reload()): void {
  localStorage.setItem(KEY, next);
  if (next !== language) reload();
}
