// Sets the theme before the first paint; the store in src/stores/appearance.ts owns it afterwards.
(() => {
  let theme = null;
  try {
    theme = JSON.parse(localStorage.getItem('openalgo.appearance') ?? '{}').state?.theme ?? null;
  } catch {
    theme = null;
  }
  if (theme !== 'light' && theme !== 'dark') {
    theme = matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark';
  }
  document.documentElement.dataset.theme = theme;
})();
