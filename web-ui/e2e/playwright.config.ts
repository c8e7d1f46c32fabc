import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

/** The system's own Chromium: the one without windows where it is packaged, since it starts and draws in two thirds of the time. */
const chromium = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find(existsSync);

/** Every journey runs against the real binary and its sandbox. */
export default defineConfig({
  testDir: '.',
  outputDir: '../../test-results/e2e',
  reporter: [['list']],
  // Two specs at a time, each with an installation of its own: much of a journey is waiting.
  workers: 2,
  retries: 0,
  forbidOnly: true,
  // Wide, since a machine that is busy with other things is no flaw of the page.
  timeout: 120_000,
  expect: { timeout: 30_000 },
  use: {
    browserName: 'chromium',
    viewport: { width: 1366, height: 860 },
    locale: 'en-GB',
    timezoneId: 'UTC',
    colorScheme: 'light',
    contextOptions: { reducedMotion: 'reduce' },
    actionTimeout: 30_000,
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? chromium,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
