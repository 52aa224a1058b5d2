// Whether the Hindi texts say a trader's terms with the words of the glossary, and with those alone.

const PLURALS = '(?:s|es)?';

/** A whole word of an English text, in the singular or the plural; placeholders do not count. */
function says(english, term) {
  const words = english.replace(/\{\{\w+\}\}/g, ' ').replace(/<\/?\w+>/g, ' ');
  const escaped = term.replace(/[.*+?^${}()|[\]\\-]/g, '\\$&').replace(/y$/, '(?:y|ie)');
  return new RegExp(`(?<![\\w-])${escaped}${PLURALS}(?![\\w-])`, 'i').test(words);
}

/**
 * Problems as `place: what`, empty when all is well.
 * `glossary`: English term → `hindi` (a word, or several of which one is enough), `never` (words that mean the same and
 * are not used), `free` (English texts in which the word is no term of trade).
 */
export function termProblems(catalogues, glossary) {
  const problems = [];
  for (const [owner, texts] of Object.entries(catalogues)) {
    for (const [key, hindi] of Object.entries(texts)) {
      // Words that a search finds a page by are in both languages at once.
      if (hindi.startsWith(`${key} `)) continue;
      const say = (why) => problems.push(`hi/${owner}.json: ${why}: ${JSON.stringify(key)}`);
      for (const [term, { hindi: words, never = [], free = [] }] of Object.entries(glossary)) {
        for (const word of never) if (hindi.includes(word)) say(`“${word}” is not our word for ${term}`);
        if (free.includes(key) || !says(key, term)) continue;
        const allowed = [words].flat();
        if (!allowed.some((word) => hindi.includes(word))) say(`${term} is ${allowed.join(' or ')}`);
      }
    }
  }
  return problems;
}
