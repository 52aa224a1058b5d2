import { createInstance } from 'i18next';

/** Says `text` in another language; `values` has what its placeholders and its count stand for. */
export type Say = (text: string, values: Record<string, unknown>) => string;

/** The library knows each language's plurals; English, whose texts are the keys, does without it. */
export function translator(language: string, texts: Record<string, string>): Say {
  const words = createInstance();
  void words.init({
    lng: language,
    resources: { [language]: { translation: texts } },
    keySeparator: false,
    nsSeparator: false,
    initAsync: false,
    interpolation: { escapeValue: false },
  });
  return (text, values) => words.t(text, values);
}
