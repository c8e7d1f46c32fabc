import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const server = process.env.POSTRIDER_SERVER ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2023',
    // Older targets make the bundler rewrite light-dark(), which breaks the two colour schemes.
    cssTarget: ['chrome123', 'firefox121', 'safari17.5'],
    manifest: true,
    sourcemap: false,
    modulePreload: { polyfill: false },
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: Object.fromEntries(
      ['/api', '/oauth', '/media'].map((path) => [path, { target: server, changeOrigin: false }]),
    ),
  },
  test: {
    environment: 'jsdom',
    setupFiles: ['./src/test/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
    env: { TZ: 'UTC' },
    expect: { requireAssertions: true },
    css: false,
  },
});
