// Appended to theme-boot.js by finish-build.mjs: the desk begins after the first frame, so that nobody looks at nothing.
(() => {
  let isStarted = false;
  const start = () => {
    if (isStarted) return;
    isStarted = true;
    void import('__DESK__');
  };
  // A page that is not looked at draws no frames.
  setTimeout(start, document.hidden ? 0 : 1500);
  requestAnimationFrame(() => setTimeout(start));
})();
