import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { chunkNames } from './chunks.ts';

const source = fileURLToPath(new URL('./src', import.meta.url));
const backend = process.env.OPENALGO_BACKEND ?? 'http://127.0.0.1:5000';

/** sonner writes a <style> tag at import; the desk's content policy forbids that, so its sheet is bundled instead. */
function withoutInjectedStyles(): Plugin {
  return {
    name: 'openalgo:no-injected-styles',
    enforce: 'pre',
    transform(code, id) {
      if (!/sonner[\\/]dist[\\/]index\.mjs/.test(id)) return null;
      return { code: code.replace(/^__insertCSS\(.*$/m, ''), map: null };
    },
  };
}

/** A back end in memory for development and screenshots; reachable only with `--mode mock`. */
function mockDesk(): Plugin {
  return {
    name: 'openalgo:mock-desk',
    async configureServer(server) {
      const { attachMockDesk } = await import('./src/testing/mock-server');
      attachMockDesk(server.middlewares, server.httpServer, { strictPolicy: false });
    },
    async configurePreviewServer(server) {
      const { attachMockDesk } = await import('./src/testing/mock-server');
      attachMockDesk(server.middlewares, server.httpServer, { strictPolicy: true });
    },
  };
}

export default defineConfig(({ mode, isSsrBuild }) => ({
  plugins: [withoutInjectedStyles(), react(), tailwindcss(), ...(mode === 'mock' ? [mockDesk()] : [])],
  resolve: {
    alias: {
      '@': source,
      'react-style-singleton': `${source}/lib/constructed-style-singleton.ts`,
    },
  },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    sourcemap: false,
    // Read and taken away by scripts/finish-build.mjs.
    manifest: !isSsrBuild,
    copyPublicDir: !isSsrBuild,
    rolldownOptions: {
      output: {
        ...(!isSsrBuild && {
          codeSplitting: {
            groups: [
              {
                name: 'react',
                test: /node_modules[\\/](react|react-dom|scheduler|react-router)[\\/]/,
                priority: 2,
              },
              { name: 'base', tags: ['$initial'], priority: 1 },
              { name: chunkNames(source), debugName: 'chunks.ts' },
            ],
          },
        }),
      },
    },
  },
  server:
    mode === 'mock'
      ? {}
      : {
          proxy: {
            '/ui/api': backend,
            '/api': backend,
            '/socket.io': { target: backend, ws: true },
          },
        },
}));
