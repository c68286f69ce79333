import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { TASK, World, type CoreHandle } from '../scenarios/world.js';
import { seriousFindings } from './axe.js';
import { openBrowser } from './chromium.js';
import { startServerProcess, type ServerProcess } from './server-process.js';

/** What an operator does in the first hour, in a real browser, on a real Server, two Cores, MySQL, ZooKeeper and Kafka. */
const SCREENSHOTS = join(tmpdir(), 'mysql-replicator-screenshots');
const PASSWORD = 'four plain words here';
const LOOKS = [
  { name: 'laptop', width: 1280, height: 800, colorScheme: 'light', language: 'en' },
  { name: 'phone', width: 360, height: 740, colorScheme: 'light', language: 'en' },
  { name: 'dark', width: 1280, height: 800, colorScheme: 'dark', language: 'zh' },
] as const;
const PATHS = [
  '/',
  '/tasks',
  '/tasks/new',
  `/tasks/${TASK}`,
  `/tasks/${TASK}/configuration`,
  `/tasks/${TASK}/changes`,
  `/tasks/${TASK}/history`,
  '/cluster',
  '/alerts',
  '/audit',
  '/access',
  '/about',
];

let world: World;
let server: ServerProcess;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let lastRow = 0;
const errors: string[] = [];
const cores = new Map<string, CoreHandle>();

before(async () => {
  await mkdir(SCREENSHOTS, { recursive: true });
  browser = await openBrowser();
  world = await World.open();
  server = await startServerProcess(world.stack.zookeeper.connectString, { SOURCE_PASSWORD: 'right-horse' });
  context = await browser.newContext({ viewport: LOOKS[0], locale: 'en-GB', reducedMotion: 'reduce' });
  page = await context.newPage();
  page.setDefaultTimeout(60_000);
  page.on('pageerror', (error) => errors.push(error.message));
});
after(async () => {
  await browser?.close();
  server?.kill('SIGTERM');
  await server?.exited;
  await world?.close();
});

const state = (word: string): Promise<void> =>
  page.getByTestId('task-state').getByText(word, { exact: true }).waitFor();
const picture = (name: string): Promise<unknown> => page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });

async function insert(): Promise<number> {
  lastRow++;
  await world.sql.run(
    `INSERT INTO shop.hot_item (id, version, name, price) VALUES (${lastRow}, 1, 'row ${lastRow}', 1)`,
  );
  return lastRow;
}

function startCore(name: string): void {
  cores.set(name, world.core(name, world.stack.zookeeper.connectString, ['--group', 'shop']));
}

/** Waits until the page shows a Core as RUNNING that is not the one of that name. */
async function runner(except = 'nobody'): Promise<string> {
  const line = page.locator('.instances li').filter({ hasText: 'RUNNING' }).filter({ hasNotText: except });
  await line.waitFor();
  return line.locator('a').innerText();
}

/** Switches the language where the switch is in sight. */
async function speak(language: 'en' | 'zh'): Promise<void> {
  await page.setViewportSize(LOOKS[0]);
  await page.getByTestId('link-state').waitFor();
  const tag = language === 'en' ? 'en' : 'zh-CN';
  if ((await page.getAttribute('html', 'lang')) === tag) return;
  await page.getByRole('button', { name: language === 'en' ? 'English' : '中文' }).click();
  await page.locator(`html[lang="${tag}"]`).waitFor({ state: 'attached' });
}

async function choose(menu: string, item: string): Promise<void> {
  await page.getByRole('button', { name: menu }).click();
  // It is put together out of sight and then moved to its button.
  await page.evaluate(`new Promise((resolve, reject) => {
    const end = Date.now() + 20000;
    const look = () => {
      const menu = document.querySelector('.ant-dropdown:not(.ant-dropdown-hidden)');
      const box = menu?.getBoundingClientRect();
      if (box && box.height > 0 && box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight) resolve();
      else if (Date.now() > end) reject(new Error('no menu in sight: ' + menu?.className + ' ' + menu?.getAttribute('style')));
      else requestAnimationFrame(look);
    };
    look();
  })`);
  await page.getByRole('menuitem', { name: item }).click();
}

test('an operator’s first hour', { timeout: 290_000 }, async (t) => {
  /** Each goes on where the one before ended: after one that fails there is nothing to go on from. */
  const step = async (name: string, act: (t: TestContext) => Promise<void>): Promise<void> => {
    let done = false;
    await t.test(name, async (own) => {
      await act(own);
      done = true;
    });
    if (!done) await picture('failed');
    assert.ok(done, name);
  };
  await step('the printed link makes the first user', firstSetup);
  await step('a task is registered through the form; without a Core nobody runs it, and the page says so', register);
  await step('Cores come, rows arrive and are seen as they pass', rowsArrive);
  await step('the runner is killed, and the take-over is on the page', takeOver);
  await step('paused and resumed: asked, then done', pauseAndResume);
  await step('an edit that somebody overtook is told, and neither is lost', editWithConflict);
  await step('in Chinese: the position is set after a look at what it does', setPosition);
  await step('every page: laptop and phone, in Chinese and dark; nothing serious for axe', everyPage);
  await step('in Chinese: deleted by its name', remove);
  t.diagnostic(`screenshots: ${SCREENSHOTS}`);
  assert.deepEqual(errors, []);
  assert.ok(!server.output().includes('right-horse'), 'the Server’s output holds the password');
});

async function firstSetup(): Promise<void> {
  await page.goto(server.setup);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByLabel('Password again').fill(PASSWORD);
  await picture('setup');
  await page.getByRole('button', { name: 'Create and sign in' }).click();
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
  await picture('overview-empty');
}

async function register(): Promise<void> {
  const { host, port } = world.stack.mysql[0]!;
  await page.getByRole('link', { name: 'Register a task' }).first().click();
  await page.getByLabel('Name of the task').fill(TASK);
  await page.getByLabel('MySQL host').fill(host);
  await page.getByLabel('Port', { exact: true }).fill(String(port));
  await page.getByLabel('User', { exact: true }).fill('repl');
  assert.equal(await page.getByLabel('Password', { exact: true }).inputValue(), 'env:SOURCE_PASSWORD');
  await page.getByRole('button', { name: 'Show the tables of the source' }).click();
  const tables = page.getByTestId('tables');
  await tables.getByLabel('shop.*').check();
  await tables.getByLabel('tmp_note').uncheck();
  await page.getByLabel('Brokers').fill(world.stack.kafka[0]!.brokers.join(', '));
  await page.getByRole('combobox', { name: 'Group' }).fill('shop');
  await page.keyboard.press('Escape');
  await picture('register-filled');
  await page.getByRole('button', { name: 'Check', exact: true }).click();
  const submit = page.getByRole('button', { name: 'Register', exact: true });
  await submit.waitFor();
  await page.locator('button:enabled', { hasText: /^Register$/ }).waitFor();
  await picture('register-checked');
  await submit.click();
  await page.waitForURL(new RegExp(`/tasks/${TASK}$`));
  await state('UNSERVED');
  await picture('task-unserved');
}

async function rowsArrive(): Promise<void> {
  for (const name of ['core-a', 'core-b']) startCore(name);
  await state('RUNNING');
  await page.locator('.instances li').filter({ hasText: 'STANDBY' }).waitFor();
  await page.goto(`${server.url}/tasks/${TASK}/changes`);
  await page.getByText('{database}.{table}').waitFor();
  await world.audit.arrived(await insert());
  await page.locator('.change-row').first().waitFor();
  await page.locator('.change-row button').first().click();
  await page.locator('.change-detail').getByText(`row ${lastRow}`).first().waitFor();
  await picture('changes');
}

async function takeOver(t: TestContext): Promise<void> {
  await page.goto(`${server.url}/tasks/${TASK}`);
  const before = await runner();
  const began = performance.now();
  cores.get(before)!.kill('SIGKILL');
  const next = await runner(before);
  t.diagnostic(`${before} was killed; ${next} was on the page after ${Math.round(performance.now() - began)} ms`);
  await page
    .locator('.events')
    .getByText(/^Take-over/)
    .first()
    .waitFor();
  await world.audit.arrived(await insert());
  await picture('take-over');
  await cores.get(before)!.exited;
  startCore(before);
  await page.locator('.instances li').filter({ hasText: 'STANDBY' }).waitFor();
  assert.equal(world.audit.doubled, 0, 'nothing was sent twice');
}

async function pauseAndResume(): Promise<void> {
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await state('PAUSED');
  await picture('paused');
  await page.getByRole('button', { name: 'Resume', exact: true }).click();
  await state('RUNNING');
}

async function editWithConflict(): Promise<void> {
  await choose('More', 'Edit');
  const editor = page.getByRole('textbox', { name: 'Edit the configuration' });
  const text = await editor.inputValue();
  assert.match(text, /partitions: 1/);
  await editor.fill(text.replace('partitions: 1', 'partitions: 2'));
  // Another operator, with the same session.
  const api = `${server.url}/api/v1/tasks/${TASK}`;
  const { version } = (await (await context.request.get(api)).json()) as { version: number };
  const theirs = await context.request.put(`${api}/instances`, {
    data: { instances: 3 },
    headers: { origin: server.url, 'if-match': `"${version}"` },
  });
  assert.equal(theirs.status(), 200, await theirs.text());
  const conflict = page.getByTestId('conflict');
  await conflict.getByText('instances: 3').waitFor();
  await picture('conflict');
  await conflict.getByRole('button', { name: /Keep my text/ }).click();
  assert.match(await editor.inputValue(), /partitions: 2/);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('The configuration is saved').waitFor();
  const { spec } = (await (await context.request.get(api)).json()) as {
    spec: { sink: { kafka: { partitions: number } } };
  };
  assert.equal(spec.sink.kafka.partitions, 2);
}

async function everyPage(): Promise<void> {
  const found: string[] = [];
  for (const { name, colorScheme, language, ...size } of LOOKS) {
    await page.emulateMedia({ colorScheme });
    await speak(language);
    await page.setViewportSize(size);
    for (const path of PATHS) {
      await page.goto(`${server.url}${path}`);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      await page.locator('.shape').first().waitFor({ state: 'detached' });
      const file = path === '/' ? 'overview' : path.slice(1).replaceAll('/', '-').replace(TASK, 'one');
      await picture(`${file}-${name}`);
      found.push(...(await seriousFindings(page)).map((finding) => `${name} ${path}: ${finding}`));
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(LOOKS[0]);
  assert.deepEqual(found, []);
}

async function setPosition(): Promise<void> {
  await page.goto(`${server.url}/tasks/${TASK}`);
  await speak('zh');
  await runner();
  await choose('更多', '设置位点');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('radio', { name: '最早' }).check();
  await dialog.getByRole('button', { name: '查看会发生什么' }).click();
  await page
    .getByTestId('position-preview')
    .getByText(/再次发送/)
    .first()
    .waitFor();
  await picture('position-zh');
  const before = world.audit.doubled;
  await dialog.getByRole('button', { name: '设置位点' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page
    .locator('.events')
    .getByText(/设置位点|位点/)
    .first()
    .waitFor();
  await state('RUNNING');
  await world.audit.arrived(await insert());
  assert.ok(world.audit.doubled > before, 'what was asked to be sent again was sent again');
}

async function remove(): Promise<void> {
  await page.goto(`${server.url}/tasks/${TASK}`);
  await choose('更多', '删除任务');
  const dialog = page.getByRole('dialog');
  const submit = dialog.getByRole('button', { name: /删\s?除/ });
  assert.equal(await submit.isDisabled(), true);
  await dialog.getByRole('textbox').fill(TASK);
  await picture('delete-zh');
  await submit.click();
  await page.waitForURL(/\/tasks$/);
  await page.getByRole('link', { name: '登记任务' }).first().waitFor();
  await picture('tasks-empty-zh');
}
