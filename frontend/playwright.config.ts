import { defineConfig } from '@playwright/test';
import { baseUrl, sessionFile } from './e2e/environment';

/** Runs against a desk that is already up: BASE_URL says where. The journey signs in once and leaves its session. */
export default defineConfig({
  testDir: './e2e',
  outputDir: './test-results',
  workers: 1,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  use: {
    baseURL: baseUrl,
    viewport: { width: 1440, height: 900 },
    locale: 'en-IN',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      args: ['--no-sandbox'],
    },
  },
  projects: [
    { name: 'journey', testMatch: 'journey.spec.ts' },
    {
      name: 'desk',
      testIgnore: ['journey.spec.ts', 'account.spec.ts'],
      dependencies: ['journey'],
      use: { storageState: sessionFile },
    },
    // Last: a changed password signs the other specs' browser out.
    { name: 'account', testMatch: 'account.spec.ts', dependencies: ['desk'] },
  ],
});
