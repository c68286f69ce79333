import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What keeps people from using the page as it stands: axe's serious and critical findings, and whether it is wider than the screen. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // Through the debugger: the page's own policy would refuse a script that is put into it.
  await page.evaluate(source);
  const { violations } = await page.evaluate<AxeResult>('axe.run()');
  const found = violations
    .filter(({ impact }) => ['serious', 'critical'].includes(impact))
    .map(({ id, nodes }) => `${id} (${nodes.length}): ${nodes[0]?.html.slice(0, 160) ?? ''}`);
  const { scrollWidth, clientWidth } = await page.evaluate<{ scrollWidth: number; clientWidth: number }>(
    '({ scrollWidth: document.documentElement.scrollWidth, clientWidth: document.documentElement.clientWidth })',
  );
  return scrollWidth > clientWidth ? [...found, `${scrollWidth} px wide on a screen of ${clientWidth}`] : found;
}
