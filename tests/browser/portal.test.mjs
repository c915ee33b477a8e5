// The demo portal as its readers see it: nginx, the daemon and Redis behind it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { start, test, top, waitUntil } from '../e2e/harness.mjs';
import { startPortal } from '../e2e/portal.mjs';
import { expectFigures, newVisitor, portalFigures, startSpy, startWindow } from './browser.mjs';

const article = 'tin-tuc/ocop.html';

test('the box and the article show every reader the same figures', async (t) => {
  const tk = await start(t);
  const portal = await startPortal(t, tk);

  const first = await newVisitor(t);
  await first.goto(portal + article);
  await expectFigures(first, portalFigures(1, 1, 1, 1, 1));

  const second = await newVisitor(t);
  await second.goto(portal + article);
  await expectFigures(second, portalFigures(2, 2, 2, 2, 2));

  await first.reload();
  await expectFigures(first, portalFigures(2, 3, 3, 3, 3));

  // Another page: the site goes on, its views are its own.
  await first.goto(`${portal}gioi-thieu.html`);
  await expectFigures(first, portalFigures(2, 4, 4, 4, 1));
  await first.goto(portal);
  await expectFigures(first, portalFigures(2, 5, 5, 5));
  assert.deepEqual([...first.complaints, ...second.complaints], []);
});

test('proof 4: one page is one request, without a cookie', async (t) => {
  const tk = await start(t);
  const spy = await startSpy(t, tk);
  const portal = await startPortal(t, spy);

  const page = await newVisitor(t);
  await page.goto(portal + article, { waitUntil: 'networkidle' });
  await expectFigures(page, portalFigures(1, 1, 1, 1, 1));
  assert.deepEqual(spy.requests.map(({ method, url }) => `${method} ${url}`).sort(), ['GET /tk/box.css', 'GET /tk/thongke.js', 'POST /tk/hit']);

  const { headers, fields } = spy.hits[0];
  assert.match(headers['content-type'], /^text\/plain/);
  assert.equal(headers.cookie, undefined);
  assert.match(fields.id, /^[0-9a-f]{16}$/);
  assert.match(fields.visitor, /^[0-9a-f]{16}$/);
  assert.deepEqual({ ...fields, id: '', visitor: '' }, {
    site: 'demo', list: 'vi', visitor: '', id: '', ref: '', page: `/${article}`,
  });
  assert.deepEqual(await page.context().cookies(), []);
  assert.deepEqual(page.complaints, []);
});

test('proof 4: a daemon on another origin is asked without a preflight', async (t) => {
  const tk = await start(t);
  const pages = fs.mkdtempSync(`${tk.dir}/pages-`);
  const portal = await startPortal(t, tk, { pages });
  fs.writeFileSync(`${pages}/index.html`,
    `<!DOCTYPE html><meta charset="utf-8"><title>.</title><div class="thongke-box"></div>
    <script async src="${tk.url}/thongke.js?site=demo"></script>`);

  const page = await newVisitor(t);
  const asked = [];
  const network = await page.context().newCDPSession(page);
  await network.send('Network.enable');
  network.on('Network.requestWillBeSent', ({ request }) => asked.push(`${request.method} ${request.url}`));
  await page.goto(portal, { waitUntil: 'networkidle' });
  await expectFigures(page, portalFigures(1, 1, 1, 1));
  assert.deepEqual(asked.filter((request) => request.includes('/tk/')).sort(), [`GET ${tk.url}/box.css`, `GET ${tk.url}/thongke.js?site=demo`, `POST ${tk.url}/hit`]);
  assert.deepEqual(page.complaints, []);
});

test('a daemon that is away leaves «…», and its return the figures, once counted', async (t) => {
  const tk = await start(t);
  const spy = await startSpy(t, tk);
  const portal = await startPortal(t, spy);

  const page = await newVisitor(t);
  await page.clock.install();
  await page.goto(portal);
  await expectFigures(page, portalFigures(1, 1, 1, 1));

  await tk.stop();
  await page.goto(portal + article); // the script itself is in the browser's cache
  await expectFigures(page, ['Lượt xem: …']);
  assert.match(await page.locator('.thongke-box').innerText(), /^…/);
  await waitUntil(() => spy.hits.length === 2, { what: 'the view to be sent' });
  await page.clock.runFor(20_000);
  await waitUntil(() => spy.hits.length === 3, { what: 'the view to be sent again' });
  await expectFigures(page, ['Lượt xem: …']);
  assert.match(await page.locator('.thongke-box').innerText(), /^…/);

  await tk.start();
  await page.clock.runFor(40_000);
  await expectFigures(page, portalFigures(1, 2, 2, 2, 1));
  assert.equal(new Set(spy.hits.slice(1).map((hit) => hit.fields.id)).size, 1);
  assert.deepEqual(page.complaints, []);
});

test('a tab that nobody has seen is not counted before it is shown', async (t) => {
  const tk = await start(t);
  const spy = await startSpy(t, tk);
  const portal = await startPortal(t, spy);
  const window = await startWindow(t);

  const hidden = window.first;
  const front = await window.newTab();
  await hidden.waitForFunction(() => document.visibilityState === 'hidden');
  await hidden.goto(portal + article, { waitUntil: 'networkidle' });
  await front.goto(portal, { waitUntil: 'networkidle' });
  await expectFigures(front, portalFigures(1, 1, 1, 1));
  await expectFigures(hidden, ['Lượt xem: …']);
  assert.deepEqual(spy.hits.map((hit) => hit.fields.page), ['/']);

  await hidden.bringToFront();
  await expectFigures(hidden, portalFigures(1, 2, 2, 2, 1));
  assert.deepEqual(spy.hits.map((hit) => hit.fields.page), ['/', `/${article}`]);
  assert.deepEqual([...hidden.complaints, ...front.complaints], []);
});

test('a page that comes back whole from the history is not a second view', async (t) => {
  const tk = await start(t);
  const spy = await startSpy(t, tk);
  const portal = await startPortal(t, spy);
  const { first: page } = await startWindow(t);

  await page.goto(portal + article, { waitUntil: 'networkidle' });
  await expectFigures(page, portalFigures(1, 1, 1, 1, 1));
  await page.evaluate(() => addEventListener('pageshow', (event) => (window.restored = event.persisted)));
  await page.goto(portal, { waitUntil: 'networkidle' });
  await expectFigures(page, portalFigures(1, 2, 2, 2));

  await page.evaluate(() => setTimeout(() => history.back()));
  await waitUntil(() => page.evaluate(() => window.restored).catch(() => false), { what: 'the page to be restored' });
  await expectFigures(page, portalFigures(1, 1, 1, 1, 1));
  assert.deepEqual(spy.hits.map((hit) => hit.fields.type), [undefined, undefined]);
});

test('the portal runs under the strictest policy that it could have', async (t) => {
  const tk = await start(t);
  const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
  const portal = await startPortal(t, tk, { extra: `add_header Content-Security-Policy "${policy}" always;` });

  const page = await newVisitor(t);
  await page.goto(portal + article, { waitUntil: 'networkidle' });
  await expectFigures(page, portalFigures(1, 1, 1, 1, 1));
  assert.equal(await page.locator('.thongke-box li').first().evaluate((item) => getComputedStyle(item.parentNode).marginTop), '0px');
  assert.deepEqual(page.complaints, []);
});

test('nothing moves when the figures come, and nothing is wider than the screen', async (t) => {
  const tk = await start(t);
  const portal = await startPortal(t, tk);
  const folder = `${top}/build/screenshots`;
  fs.mkdirSync(folder, { recursive: true });

  for (const width of [1200, 800, 320]) {
    const page = await newVisitor(t, { viewport: { width, height: 860 } });
    await page.addInitScript(() => {
      window.moved = 0;
      new PerformanceObserver((list) => list.getEntries().forEach((entry) => (window.moved += entry.value)))
        .observe({ type: 'layout-shift', buffered: true });
    });
    for (const path of [article, '', 'gioi-thieu.html']) {
      await page.goto(portal + path, { waitUntil: 'networkidle' });
      await page.waitForFunction(() => document.querySelector('.thongke-box').shadowRoot?.textContent.match(/\d/));
      assert.ok((await page.evaluate(() => window.moved)) < 0.01, `${path} moves at ${width} px`);
      const [inner, whole] = await page.evaluate(() => [innerWidth, document.documentElement.scrollWidth]);
      assert.equal(whole, inner, `${path} at ${width} px`);
    }
  }

  // The pictures for people, of a portal that was just opened.
  const fresh = await start(t);
  const opened = await startPortal(t, fresh);
  for (const [n, width] of [1200, 320].entries()) {
    const page = await newVisitor(t, { viewport: { width, height: 860 } });
    await page.goto(opened + article, { waitUntil: 'networkidle' });
    await expectFigures(page, portalFigures(...Array(5).fill(n + 1)));
    const picture = await page.screenshot({ path: `${folder}/article-${width}.png` });
    if (n === 0 && process.env.UPDATE_SCREENSHOT === '1') fs.writeFileSync(`${top}/widget/demo/screenshot.png`, picture);
    await page.evaluate(() => document.querySelectorAll('img').forEach((image) => (image.loading = 'eager')));
    await page.waitForFunction(() => [...document.images].every((image) => image.complete));
    await page.screenshot({ path: `${folder}/article-${width}-whole.png`, fullPage: true });
  }
});
