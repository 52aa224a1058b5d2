import { createInstance, type Resource } from 'i18next';

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

/** The Hindi texts are a chunk of their own, which who reads English never loads. */
async function load(language: Language): Promise<{ language: Language; resources: Resource }> {
  if (language === 'en') return { language, resources: {} };
  try {
    return { language, resources: { hi: { translation: (await import('@/messages/hindi')).hindi } } };
  } catch {
    // An English desk is better than none while the chunk cannot be had.
    document.documentElement.lang = 'en-IN';
    return { language: 'en', resources: {} };
  }
}

// Modules that import `t` wait here, so texts of module scope are in the right language, too.
const loaded = await load(bootLanguage());

export const language: Language = loaded.language;
const words = createInstance();
void words.init({
  lng: language,
  resources: loaded.resources,
  keySeparator: false,
  nsSeparator: false,
  initAsync: false,
  interpolation: { escapeValue: false },
});

/**
 * A text of the desk in the language of the page; the English text is the key.
 * Placeholders are `{{name}}`; `count` chooses between `one` and the text itself.
 */
export function t<const Text extends string>(text: Text, ...[given]: Arguments<Text>): string {
  const { one, ...values } = (given ?? {}) as Options & Record<string, unknown>;
  return words.t(text, { ...values, defaultValue: text, ...(one && { defaultValue_one: one }) });
}

/** A piece of a text with its placeholders filled in. */
export function fill(piece: string, values: object): string {
  return words.services.interpolator.interpolate(piece, { ...values }, language, {});
}

/** Remembers the language for this browser and opens the page again in it. */
export function openIn(next: Language, reload: () => void = () => location.reload()): void {
  localStorage.setItem(KEY, next);
  if (next !== language) reload();
}
