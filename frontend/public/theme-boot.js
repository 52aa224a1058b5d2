// Sets theme and language before the first paint; src/stores/appearance.ts and src/messages/words.ts own them afterwards.
(() => {
  const root = document.documentElement;
  let theme = null;
  let language = null;
  try {
    language = localStorage.getItem('openalgo.language');
    const state = JSON.parse(localStorage.getItem('openalgo.appearance') ?? '{}').state ?? {};
    theme = state.choice === 'system' ? null : (state.theme ?? null);
    if (state.isWatchlistDocked === false) root.dataset.watchlist = 'off';
    for (const name of ['accent', 'density', 'motion'])
      if (/^[a-z]+$/.test(state[name] ?? '')) root.dataset[name] = state[name];
  } catch {
    theme = null;
  }
  if (theme !== 'light' && theme !== 'dark') {
    theme = matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark';
  }
  if (language !== 'hi' && language !== 'en') {
    language = /^hi\b/.test(navigator.language) ? 'hi' : 'en';
  }
  root.dataset.theme = theme;
  // What the server sends with the page is in the language of the cookie; the first time it may be another one.
  if (root.lang !== '' && root.lang.startsWith('hi') !== (language === 'hi')) root.dataset.frame = 'off';
  if (!document.cookie.includes(`desk_language=${language}`)) {
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store answers after the first paint.
    document.cookie = `desk_language=${language}; path=/; max-age=31536000; samesite=lax`;
  }
  root.lang = language === 'hi' ? 'hi' : 'en-IN';
})();
