import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The console is built into web/dist, which the Server serves; `npx vite web` serves the sources beside a Server on port 8090. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // The page's policy allows no inline script and no data: script; small files stay files.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: 'manifest.json',
    chunkSizeWarningLimit: 900,
  },
  server: { host: '127.0.0.1', proxy: { '/api': 'http://127.0.0.1:8090' } },
});
