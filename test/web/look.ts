import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openBrowser } from './chromium.js';

/**
 * Takes pictures of pages: `node dist/test/web/look.js URL FOLDER [path …]`. Each at laptop and phone size, light and dark, in English
 * and (laptop light) Chinese.
 */
const [url, folder, ...paths] = process.argv.slice(2);
if (url === undefined || folder === undefined) throw new Error('Usage: look.js URL FOLDER [path …]');
await mkdir(folder, { recursive: true });
const SIZES = { laptop: { width: 1280, height: 800 }, phone: { width: 360, height: 740 } } as const;
const LOOKS = [
  { size: 'laptop', dark: false, language: 'en' },
  { size: 'laptop', dark: true, language: 'zh' },
  { size: 'phone', dark: false, language: 'en' },
] as const;

const browser = await openBrowser();
try {
  for (const { size, dark, language } of LOOKS) {
    const context = await browser.newContext({
      viewport: SIZES[size],
      colorScheme: dark ? 'dark' : 'light',
      locale: language === 'zh' ? 'zh-CN' : 'en-GB',
      deviceScaleFactor: 1,
      timezoneId: 'Europe/Berlin',
    });
    const page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') console.log(`${size}: ${message.text()} (${page.url()})`);
    });
    page.on('pageerror', (error) => console.log(`${size}: ${error.message} (${page.url()})`));
    for (const path of paths) {
      await page.goto(`${url}${path}`);
      await page.waitForLoadState('load');
      await page.waitForTimeout(1200);
      const name = path === '/' ? 'overview' : path.replace(/^\//, '').replace(/[^a-z0-9]+/gi, '-');
      await page.screenshot({
        path: join(folder, `${name}-${size}-${dark ? 'dark' : 'light'}-${language}.png`),
        fullPage: false,
      });
    }
    await context.close();
  }
} finally {
  await browser.close();
}
