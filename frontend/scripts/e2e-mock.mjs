// Runs the end-to-end specs against the production build with the in-memory back end.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const port = process.env.E2E_MOCK_PORT ?? '20731';
const base = `http://localhost:${port}`;
const preview = spawn(
  process.execPath,
  ['node_modules/vite/bin/vite.js', 'preview', '--mode', 'mock', '--port', port, '--strictPort'],
  {
    cwd: root,
    stdio: 'inherit',
  },
);

async function waitUntilUp(deadline = Date.now() + 30_000) {
  while (Date.now() < deadline) {
    const isUp = await fetch(`${base}/mock/reset?state=new`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('the preview server did not come up');
}

try {
  await waitUntilUp();
  const run = spawn(
    process.execPath,
    ['node_modules/@playwright/test/cli.js', 'test', ...process.argv.slice(2)],
    {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, BASE_URL: base },
    },
  );
  process.exitCode = await new Promise((resolve) => run.on('exit', resolve));
} finally {
  preview.kill();
}
