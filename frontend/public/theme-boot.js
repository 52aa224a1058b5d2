// Sets theme and language before the first paint; src/stores/appearance.ts and src/messages/words.ts own them afterwards.
(() => {
  const root = document.documentElement;
  let theme = null;
  let language = null;
  try {
    language = localStorage.getItem('openalgo.language');
    const state = JSON.parse(localStorage.getItem('openalgo.appearance') ?? '{}').state ?? {};
    theme = state.choice === 'system' ? null : (state.theme ?? null);
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
  root.lang = language === 'hi' ? 'hi' : 'en-IN';
})();
