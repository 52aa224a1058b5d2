import { defineConfig } from '@playwright/test';
import { baseUrl, sessionFile } from './e2e/environment';

/** Runs against a desk that is already up: BASE_URL says where. The journey signs in once and leaves its session. */
export default defineConfig({
  testDir: './e2e',
  outputDir: './test-results',
  workers: 2,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  use: {
    baseURL: baseUrl,
    viewport: { width: 1440, height: 900 },
    locale: 'en-IN',
    trace: 'retain-on-failure',
    // Every spec would install it anew; the one about it asks for it.
    serviceWorkers: 'block',
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      args: ['--no-sandbox'],
    },
  },
  projects: [
    { name: 'journey', testMatch: 'journey.spec.ts' },
    // These only look, so they may do it side by side.
    {
      name: 'pages',
      testMatch: 'pages.spec.ts',
      fullyParallel: true,
      dependencies: ['journey'],
      use: { storageState: sessionFile },
    },
    // Language, mode and active account belong to the user, whoever asks: one at a time.
    {
      name: 'desk',
      testIgnore: ['journey.spec.ts', 'pages.spec.ts', 'account.spec.ts'],
      workers: 1,
      dependencies: ['pages'],
      use: { storageState: sessionFile },
    },
    // Last: a changed password signs the other specs' browser out.
    { name: 'account', testMatch: 'account.spec.ts', dependencies: ['desk'] },
  ],
});
