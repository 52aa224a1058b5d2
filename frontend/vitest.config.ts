import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

/** Rules (`*.test.ts`) need no page; what is drawn (`*.test.tsx`) gets one of its own for each file. */
export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  test: {
    // Vitest leaves one processor free, which on two of them is half of the machine.
    maxWorkers: '100%',
    pool: 'threads',
    restoreMocks: true,
    // Not a speed that is asked for: a machine that does much else at the same time takes this long.
    testTimeout: 60_000,
    coverage: { include: ['src/lib/**', 'src/stores/**', 'src/features/**', 'src/components/data-table/**'] },
    projects: [
      {
        extends: true,
        test: { name: 'rules', environment: 'node', include: ['src/**/*.test.ts'], isolate: false },
      },
      {
        extends: true,
        test: {
          name: 'pages',
          environment: 'jsdom',
          include: ['src/**/*.test.tsx'],
          setupFiles: ['./src/testing/setup.ts'],
        },
      },
    ],
  },
});
