// When the widget sends: views, their retries, heartbeats, and when it paints what comes back.
import assert from 'node:assert/strict';
import { test, waitUntil } from '../e2e/harness.mjs';
import { expectFigures, portalFigures } from './browser.mjs';
import { advance, box, counts, expectHits, hideable, MINUTE, open, script, types, watchRequests } from './stub.mjs';

test('a view without an answer is sent again with the same id, ever more seldom, for ten minutes', async (t) => {
  const { stub, page } = await open(t, {}, { init: watchRequests });
  const failures = [{ status: 503, body: '{}' }, null, { status: 502, body: '<html>' }, { status: 200, body: '<html>login</html>' }];
  stub.reply = (hit, n) => failures[n % 4];
  await page.goto(stub.url);
  await expectHits(stub, 1);
  await advance(page, 9.5 * MINUTE, 3_000); // an answer comes at a step's end: up to 3 s more
  await expectHits(stub, 6);
  const sent = await page.evaluate(() => window.sent);
  for (const [n, gap] of [15, 30, 60, 120, 240].entries()) {
    const seconds = (sent[n + 1] - sent[n]) / 1000;
    assert.ok(seconds >= gap && seconds <= (gap * 9) / 8 + 3, `try ${n + 2} came ${seconds} s after the one before`);
  }
  assert.equal(new Set(stub.hits.map((hit) => hit.fields.id)).size, 1);
  stub.reply = () => counts;
  await advance(page, 15 * MINUTE);
  assert.deepEqual(types(stub).slice(0, 6), Array(6).fill('view'));
  assert.equal(types(stub).slice(6).includes('view'), false, 'given up');
  await expectFigures(page, portalFigures(2, 30, 456, '1.234.567'));
  assert.deepEqual(page.complaints, []);
});

test('the network that is back is not waited for', async (t) => {
  const { stub, page } = await open(t, {}, { init: watchRequests });
  stub.reply = (hit, n) => (n < 2 ? { status: 503, headers: { 'Retry-After': '15' }, body: '{}' } : counts);
  await page.goto(stub.url);
  await expectHits(stub, 1);
  await advance(page, 15_000, 1_000);
  await expectHits(stub, 1);
  await advance(page, 3_000, 1_000); // and up to an eighth more
  await expectHits(stub, 2);
  await page.evaluate(() => window.dispatchEvent(new Event('online')));
  await expectFigures(page, portalFigures(2, 30, 456, '1.234.567'));
  await expectHits(stub, 3);
  assert.equal(new Set(stub.hits.map((hit) => hit.fields.id)).size, 1);
});

test('too many requests is no refusal: the view is sent again', async (t) => {
  const { stub, page } = await open(t, {}, { init: watchRequests });
  stub.reply = (hit, n) => (n < 1 ? { status: 429, headers: { 'Retry-After': '15' }, body: '{"error":"too_many_connections"}' } : counts);
  await page.goto(stub.url);
  await expectHits(stub, 1);
  await advance(page, 18_000, 1_000);
  await expectFigures(page, portalFigures(2, 30, 456, '1.234.567'));
  await expectHits(stub, 2);
  assert.equal(stub.hits[0].fields.id, stub.hits[1].fields.id);
});

test('a refusal is final', async (t) => {
  const placeholder = '<div class="thongke-box">Thống kê truy cập: …</div>';
  const { stub, page } = await open(t, { '/': script + placeholder }, { init: watchRequests });
  await page.addInitScript(hideable);
  stub.reply = () => ({ status: 404, body: '{"error":"unknown_site","message":"…"}' });
  await page.goto(stub.url);
  await expectHits(stub, 1);
  await advance(page, 20 * MINUTE);
  await page.evaluate(() => { window.setHidden(true); window.setHidden(false); window.dispatchEvent(new Event('online')); });
  await advance(page, 5 * MINUTE);
  await expectHits(stub, 1);
  await expectFigures(page, []);
  assert.equal(await page.locator('.thongke-box').innerText(), 'Thống kê truy cập: …');
  assert.deepEqual(page.complaints, []);
});

test('a reader who leaves before the answer is counted all the same', async (t) => {
  const { stub, page } = await open(t);
  stub.reply = () => undefined;
  await page.goto(`${stub.url}/a`);
  await expectHits(stub, 1);
  await page.goto('about:blank');
  await expectHits(stub, 2);
  assert.equal(stub.hits[1].fields.id, stub.hits[0].fields.id);
  assert.match(stub.hits[1].headers['content-type'], /^text\/plain/);

  stub.reply = () => counts;
  await page.goto(`${stub.url}/b`);
  await expectFigures(page, portalFigures(2, 30, 456, '1.234.567'));
  await page.goto('about:blank');
  await page.goto(`${stub.url}/c`);
  await expectFigures(page, portalFigures(2, 30, 456, '1.234.567'));
  await expectHits(stub, 4);
});

test('proof 9: heartbeats: as often as the answer says, only while visible, one on return if it is due', async (t) => {
  const { stub, page } = await open(t, {}, { init: watchRequests });
  await page.addInitScript(hideable);
  let next = 60;
  stub.reply = () => ({ ...counts, next });
  await page.goto(stub.url);
  await expectHits(stub, 1);
  await advance(page, 59_000);
  await expectHits(stub, 1);
  next = 200;
  await advance(page, 9_000, 500);
  await expectHits(stub, 2);
  await advance(page, 190_000);
  await expectHits(stub, 2);
  await advance(page, 36_000);
  await expectHits(stub, 3);

  await page.evaluate(() => window.setHidden(true));
  await page.evaluate(() => window.setHidden(false));
  await expectHits(stub, 3);
  await page.evaluate(() => window.setHidden(true));
  await advance(page, 30 * MINUTE, MINUTE);
  await expectHits(stub, 3);
  await page.evaluate(() => window.setHidden(false));
  await expectHits(stub, 4);
  assert.deepEqual(types(stub), ['view', 'beat', 'beat', 'beat']);
  assert.equal(new Set(stub.hits.map((hit) => hit.fields.visitor)).size, 1);
});

test('figures that were stale are painted anew as soon as they are known', async (t) => {
  const { stub, page } = await open(t, {}, { init: watchRequests });
  stub.reply = () => ({ ...counts, today: 29, page: { path: '/', views: null }, next: 30, stale: true });
  await page.goto(stub.url);
  await expectHits(stub, 1);
  await expectFigures(page, portalFigures(2, 29, 456, '1.234.567'));
  stub.reply = () => counts;
  await advance(page, 34_000, 500);
  await expectHits(stub, 2);
  await expectFigures(page, portalFigures(2, 30, 456, '1.234.567'));
});

// On the real clock: what a tab writes down reaches the others in real time.
test('proof 8: five tabs of one visitor beat like one', async (t) => {
  const { stub, page } = await open(t, {}, { realClock: true });
  stub.reply = () => ({ ...counts, next: 1 });
  const beats = () => types(stub).filter((type) => type === 'beat').length;
  await page.goto(stub.url);
  for (let n = 1; n < 5; n++) {
    const tab = await page.context().newPage();
    await tab.goto(stub.url);
    await expectFigures(tab, portalFigures(2, 30, 456, '1.234.567'));
  }
  const from = Date.now();
  const before = beats();
  await waitUntil(() => beats() >= before + 10, { timeout: 30_000, what: 'ten heartbeats' });
  const seconds = (Date.now() - from) / 1000;
  assert.ok(seconds > 8, `ten beats of one a second took ${seconds} s`);
});

test('the page is painted anew on return, else once in ten minutes', async (t) => {
  const { stub, page } = await open(t, {}, { init: watchRequests });
  await page.addInitScript(hideable);
  stub.reply = (hit, n) => ({ ...counts, online: n + 1 });
  await page.goto(stub.url);
  await expectFigures(page, portalFigures(1, 30, 456, '1.234.567'));
  await page.evaluate(() => {
    window.changes = 0;
    new MutationObserver(() => window.changes++)
      .observe(document.querySelector('.thongke-box').shadowRoot, { subtree: true, childList: true, characterData: true });
  });
  await advance(page, 9 * MINUTE);
  assert.ok(stub.hits.length >= 4);
  assert.equal(await page.evaluate(() => window.changes), 0);
  await advance(page, 21 * MINUTE);
  const changes = await page.evaluate(() => window.changes);
  assert.ok(changes >= 1 && changes <= 3, `${changes} changes in half an hour`);

  await page.evaluate(() => window.setHidden(true));
  await advance(page, 5 * MINUTE);
  const hits = stub.hits.length;
  await page.evaluate(() => window.setHidden(false));
  await expectHits(stub, hits + 1);
  await expectFigures(page, portalFigures(hits + 1, 30, 456, '1.234.567'));
});
