import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { seriousFindings } from './axe.js';
import { openBrowser } from './chromium.js';
import { healthyTask, mockTasks, troubledTasks } from './mock/mock-data.js';
import { MockServer } from './mock/mock-server.js';
import { problem } from './mock/mock-answers.js';

/** What a page makes of hostile and of very long texts; what shows that it ran is the variable. */
const HOSTILE = `<img src=x onerror="window.injected=1"><script>window.injected=1</script>`;
const INDEX = fileURLToPath(new URL('../../../web/dist/index.html', import.meta.url));

describe('the console on made-up answers', { timeout: 280_000 }, () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let mock: MockServer;
  let url: string;
  let errors: string[];

  before(async () => {
    assert.ok(existsSync(INDEX), 'the console is not built: npm run build');
    browser = await openBrowser();
  });
  after(() => browser?.close());

  beforeEach(async () => {
    mock = new MockServer();
    url = await mock.start();
    context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' });
    page = await context.newPage();
    errors = [];
    page.on('pageerror', (error) => errors.push(error.message));
  });
  afterEach(async () => {
    await context.close();
    await mock.stop();
  });

  async function open(path: string, heading: string): Promise<void> {
    await page.goto(`${url}${path}`);
    await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
  }

  it('first setup by the link, then signed in; a wrong password keeps what was typed', async () => {
    mock.role = undefined;
    mock.setupNeeded = true;
    await page.goto(`${url}/setup#code=abc-123`);
    assert.equal(await page.getByLabel('Setup code').inputValue(), 'abc-123');
    await page.getByLabel('Password', { exact: true }).fill('four plain words here');
    await page.getByLabel('Password again').fill('four plain words here');
    await page.getByRole('button', { name: 'Create and sign in' }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.getByRole('button', { name: 'mara' }).click();
    await page.getByText('Sign out').click();
    await page.getByLabel('User').fill('mara');
    await page.getByLabel('Password', { exact: true }).fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('The name or the password is wrong.').waitFor();
    assert.equal(await page.getByLabel('User').inputValue(), 'mara');
    assert.deepEqual(errors, []);
  });

  it('all is well in one line; what fails is on the screen as it happens, and so is asked and done', async () => {
    mock.add(healthyTask('shop_orders', Date.now(), 1));
    await open('/', 'Overview');
    await page.getByTestId('all-well').getByText('1 task, running as wanted').waitFor();
    mock.change(
      'shop_orders',
      troubledTasks(Date.now())[0]!.failure === undefined
        ? {}
        : { state: 'STOPPED', failure: troubledTasks(Date.now())[0]!.failure! },
    );
    await page.getByText('1 task needs attention').first().waitFor();
    mock.change('shop_orders', { state: 'RUNNING' });
    await open('/tasks/shop_orders', 'shop_orders');
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    const state = page.getByTestId('task-state');
    await state.getByText('pause asked').waitFor();
    assert.match(await state.innerText(), /RUNNING/);
    mock.tasks.set('shop_orders', { ...healthyTask('shop_orders', Date.now(), 1), state: 'PAUSED', desired: 'PAUSED' });
    mock.change('shop_orders', {});
    await state.getByText('PAUSED').waitFor();
    assert.equal(await state.getByText('pause asked').count(), 0);
    assert.deepEqual(errors, []);
  });

  it('a lost Server and a lost ZooKeeper are told with the time of the picture, and come back', async () => {
    mock.add(healthyTask('shop_orders', Date.now(), 1));
    await open('/tasks', 'Tasks');
    mock.loseZookeeper('lost');
    await page.getByTestId('link-banner').getByText('no connection to ZooKeeper').waitFor();
    mock.loseZookeeper('live');
    await page.getByTestId('link-banner').waitFor({ state: 'detached' });
    mock.streaming = false;
    mock.dropStreams();
    await page.getByTestId('link-banner').getByText('No connection to the Server').waitFor();
    assert.equal(await page.getByRole('link', { name: 'shop_orders' }).count(), 1);
    mock.streaming = true;
    await page.getByTestId('link-banner').waitFor({ state: 'detached' });
  });

  it('5,000 tasks: the filter stands in the address, keys move and select, only what is in sight is there', async () => {
    mock.add(...mockTasks(5000, Date.now()));
    await open('/tasks?state=RUNNING&sort=name', 'Tasks');
    await page.keyboard.press('/');
    await page.keyboard.type('warehouse_stock');
    await page.waitForURL(/q=warehouse_stock/);
    const fitting = [...mock.tasks.values()].filter(({ name }) => name.includes('warehouse_stock'));
    const running = fitting.filter(({ state }) => state === 'RUNNING');
    await page.getByText(`${running.length} of 5,000 tasks`).waitFor();
    await page.getByRole('button', { name: /RUNNING/ }).click();
    await page.waitForURL((address) => !address.search.includes('state='));
    await page.getByText(`${fitting.length} of 5,000 tasks`).waitFor();
    const rows = page.locator('[data-index]');
    await page.locator('[data-index="0"] a').focus();
    await page.keyboard.press('j');
    await page.locator('[data-index="1"] a:focus').waitFor();
    await page.keyboard.press('x');
    await page.getByRole('toolbar').getByText('1 selected').waitFor();
    await page.getByLabel('Search tasks').fill('');
    await page.getByText('5,000 of 5,000 tasks').waitFor();
    await page.locator('[data-index="0"] a').focus();
    await page.keyboard.press('End');
    await page.locator('[data-index="4999"] a:focus').waitFor();
    assert.ok((await rows.count()) < 60);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/tasks\/\w+$/);
    await page.goBack();
    await page.waitForURL(/sort=name/);
    assert.deepEqual(errors, []);
  });

  it('an edit that somebody overtook is refused, shown, and neither text is lost', async () => {
    mock.add(healthyTask('shop_orders', Date.now(), 1));
    await open('/tasks/shop_orders/configuration?edit', 'shop_orders');
    const editor = page.getByRole('textbox', { name: 'Edit the configuration' });
    await editor.fill((await editor.inputValue()).replace('instances: 2', 'instances: 5'));
    await page.getByText('instances: 5').last().waitFor();
    mock.instead.set('PUT /tasks/shop_orders', problem(412, 'version-conflict', 'Somebody else changed it.'));
    mock.instead.set('GET /tasks/shop_orders/yaml', { body: 'name: shop_orders\ninstances: 3\n' });
    const detail = await (await fetch(`${url}/api/v1/tasks/shop_orders`)).json();
    mock.instead.set('GET /tasks/shop_orders', { body: { ...(detail as object), version: 99 } });
    await page.getByRole('button', { name: 'Save' }).click();
    const conflict = page.getByTestId('conflict');
    await conflict.getByText('instances: 3').waitFor();
    await conflict.getByRole('button', { name: /Keep my text/ }).click();
    assert.match(await editor.inputValue(), /instances: 5/);
    mock.instead.delete('PUT /tasks/shop_orders');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The configuration is saved').waitFor();
    assert.equal(mock.asked.findLast(({ method }) => method === 'PUT')?.ifMatch, '"99"');
  });

  it('deleting asks for the name; a viewer may not, and is told why', async () => {
    mock.add(healthyTask('shop_orders', Date.now(), 1));
    await open('/tasks/shop_orders', 'shop_orders');
    await page.getByRole('button', { name: /\bMore$/ }).click();
    await page.getByRole('menuitem', { name: 'Delete the task' }).click();
    const dialog = page.getByRole('dialog');
    assert.equal(await dialog.getByRole('button', { name: 'Delete' }).isDisabled(), true);
    await dialog.getByRole('textbox').fill('shop_orders');
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await page.waitForURL(/\/tasks$/);
    mock.role = 'viewer';
    mock.add(healthyTask('shop_stock', Date.now(), 1));
    await open('/tasks/shop_stock', 'shop_stock');
    assert.equal(await page.getByRole('button', { name: 'Pause', exact: true }).isDisabled(), true);
    await open('/audit', 'Not allowed for your role');
  });

  it('scripts in names, errors, columns and events stay text', async () => {
    const task = healthyTask('shop_orders', Date.now(), 1);
    const failure = { kind: 'internal', message: HOSTILE, place: HOSTILE, remedy: HOSTILE, at: Date.now() } as const;
    const event = { at: Date.now(), kind: 'error', text: HOSTILE, core: HOSTILE, who: HOSTILE } as const;
    mock.add({ ...task, state: 'STOPPED', failure, group: HOSTILE, source: HOSTILE, sink: HOSTILE, lastChange: event });
    mock.instead.set('GET /tasks/shop_orders/timeline', { body: { events: [event] } });
    const change = {
      topic: HOSTILE,
      partition: 0,
      offset: '1',
      at: Date.now(),
      op: 'c',
      database: HOSTILE,
      table: HOSTILE,
      key: { [HOSTILE]: HOSTILE },
      before: null,
      after: { [HOSTILE]: HOSTILE },
      masked: [],
    };
    mock.instead.set('GET /tasks/shop_orders/changes', {
      type: 'text/event-stream',
      body: `event: changes\ndata: ${JSON.stringify([change])}\n\n`,
    });
    for (const path of [
      '/',
      '/tasks',
      '/tasks/shop_orders',
      '/tasks/shop_orders/history',
      '/tasks/shop_orders/changes',
    ]) {
      await page.goto(`${url}${path}`);
      await page.getByText('window.injected').first().waitFor();
    }
    await page.locator('.change-row button').first().click();
    await page.locator('.change-detail').waitFor();
    assert.equal(await page.evaluate('window.injected'), undefined);
    assert.equal(await page.locator('img[src="x"]').count(), 0);
  });

  it('an alert is acknowledged with a note, and silenced; nobody says that all is watched without a Monitor', async () => {
    const now = Date.now();
    const alert = {
      id: 'lag.task.shop_orders',
      rule: 'lag',
      kind: 'task',
      name: 'shop_orders',
      severity: 'critical',
      since: now - 60_000,
      text: 'shop_orders is 5 min behind',
      reason: HOSTILE,
      remedy: 'look at its sink',
      tasks: ['shop_orders'],
      tasksInAll: 1,
    };
    await open('/alerts', 'Alerts');
    await page.getByText('No Monitor runs').waitFor();
    mock.instead.set('GET /monitors', { body: { monitors: [{ name: 'm', host: 'h', acting: true, since: now }] } });
    mock.instead.set('GET /alerts', { body: { now, alerts: [alert] } });
    mock.instead.set('GET /alerts/history', { body: { entries: [{ ...alert, resolvedAt: now }] } });
    mock.instead.set('GET /silences', { body: { silences: [] } });
    mock.instead.set('POST /alerts/lag.task.shop_orders/acknowledge', { body: alert });
    mock.instead.set('POST /silences', { body: { silences: [] } });
    await open('/alerts', 'Alerts');
    await page.getByText('1 open alert').waitFor();
    assert.equal(await page.getByText('No Monitor runs').count(), 0);
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByLabel('Note').fill('at it');
    await page.getByRole('dialog').getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Silence for an hour' }).click();
    await page.getByText('Over lately').waitFor();
    assert.deepEqual(await seriousFindings(page), []);
    assert.equal(await page.evaluate('window.injected'), undefined);
    const asked = mock.asked.filter(({ method }) => method === 'POST').map(({ path }) => path);
    assert.ok(asked.some((path) => path.endsWith('/acknowledge')) && asked.some((path) => path.endsWith('/silences')));
  });

  it('the last picture of a lost Server is greyed, and after three beats no state is told any more', async () => {
    mock.add(healthyTask('shop_orders', Date.now(), 1));
    await open('/tasks/shop_orders', 'shop_orders');
    await page.getByTestId('task-state').getByText('RUNNING').waitFor();
    mock.streaming = false;
    mock.dropStreams();
    await page.locator('.past').waitFor();
    await page.getByTestId('task-state').getByText('UNKNOWN').waitFor();
    assert.equal(await page.locator('.instances').getByText('RUNNING').count(), 0);
    mock.streaming = true;
    await page.getByTestId('task-state').getByText('RUNNING', { exact: true }).waitFor();
    await page.locator('.past').waitFor({ state: 'detached' });
  });

  it('the language is switched in place, and stays', async () => {
    mock.add(healthyTask('shop_orders', Date.now(), 1));
    await open('/tasks', 'Tasks');
    await page.getByRole('button', { name: '中文' }).click();
    await page.getByRole('heading', { name: '任务', level: 1 }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: '任务', level: 1 }).waitFor();
    assert.equal(await page.getAttribute('html', 'lang'), 'zh-CN');
  });

  it('axe finds nothing serious on any page, light and dark, laptop and phone', async () => {
    mock.add(...mockTasks(20, Date.now()), ...troubledTasks(Date.now()));
    const paths = [
      '/',
      '/tasks',
      '/tasks/new',
      '/tasks/billing_invoices',
      '/tasks/shop_orders/configuration',
      '/tasks/shop_orders/changes',
      '/tasks/shop_orders/history',
      '/cluster',
      '/alerts',
      '/audit',
      '/access',
      '/about',
      '/nowhere',
    ];
    const found: string[] = [];
    for (const [colorScheme, width] of [
      ['light', 1280],
      ['dark', 360],
    ] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 800 });
      for (const path of paths) {
        await page.goto(`${url}${path}`);
        await page.getByRole('heading', { level: 1 }).first().waitFor();
        await page.locator('.shape').first().waitFor({ state: 'detached' });
        found.push(...(await seriousFindings(page)).map((finding) => `${colorScheme} ${width} ${path}: ${finding}`));
      }
    }
    assert.deepEqual(found, []);
    assert.deepEqual(errors, []);
  });
});
