// When a page's life begins, pauses, ends and begins anew, as browsers really do it.
import assert from 'node:assert/strict';
import { request, test, waitUntil } from '../e2e/harness.mjs';
import { startPortal } from '../e2e/portal.mjs';
import { startSpy } from './browser.mjs';
import { engines, inEngines, startCounting } from './engines.mjs';
import { counts, expectHits, startStub, types } from './stub.mjs';

const head = '<!DOCTYPE html><html lang="vi"><meta charset="utf-8"><title>.</title>';
const box = '<div class="thongke-box"></div>';
const tag = '<script async src="/tk/thongke.js" data-site="demo"></script>';
const [chromium] = engines;
const skip = chromium.missing();

const onlineShown = `+document.querySelector('.thongke-box')?.shadowRoot?.querySelector('b')?.textContent`;
const inFront = (page) => page.tab.bringToFront();

test('proof 7: a page that is rendered ahead is counted when it is shown, not before', { skip }, async (t) => {
  const tk = await startCounting(t);
  const spy = await startSpy(t, tk);
  const rules = JSON.stringify({ prerender: [{ urls: ['/next.html'], eagerness: 'immediate' }] });
  const portal = await startPortal(t, spy, {
    pages: {
      'index.html': `${head}<script type="speculationrules">${rules}</script>${tag}${box}<a href="/next.html">tiếp</a>`,
      'next.html': `${head}${tag}${box}<script>
        function tell(what) { fetch('/tk/counts?site=demo&page=/' + what); }
        addEventListener('load', () => tell('loaded-ahead:' + document.prerendering));
        document.addEventListener('thongke:update', () =>
          tell('shown-ahead:' + (performance.getEntriesByType('navigation')[0].activationStart > 0)));
      </script>`,
    },
  });
  const told = (what) => waitUntil(() => spy.requests.some(({ url }) => url.endsWith(`/${what}`)), { what });
  const page = await chromium.open(t);
  await page.goto(portal);
  await page.waitFor(onlineShown);
  await told('loaded-ahead:true');
  assert.deepEqual(spy.hits.map((hit) => hit.fields.page), ['/']);

  await page.tab.click('a');
  await told('shown-ahead:true'); // by the page itself: Puppeteer may lose hold of it here
  assert.deepEqual(spy.hits.map((hit) => hit.fields.page), ['/', '/next.html']);
});

test('proof 7: a tab in the background is counted when it is shown, not before', { skip }, async (t) => {
  const tk = await startCounting(t);
  const spy = await startSpy(t, tk);
  const portal = await startPortal(t, spy, { pages: { 'index.html': head + tag + box } });
  const hidden = await chromium.open(t);
  const front = await hidden.another();
  await hidden.waitFor('document.hidden');
  await hidden.goto(`${portal}?hidden`);
  await front.goto(portal);
  await front.waitFor(onlineShown);
  assert.deepEqual(spy.hits.map((hit) => hit.fields.page), ['/']);
  await inFront(hidden);
  await hidden.waitFor(onlineShown);
  assert.deepEqual(spy.hits.map((hit) => hit.fields.page), ['/', '/?hidden']);
});

test('proof 7: a hidden tab sends no heartbeat, and one when it is back', { skip }, async (t) => {
  const stub = await startStub(t, { '/other': `${tag.replace('demo', 'other')}${box}` });
  stub.reply = () => ({ ...counts, next: 1 });
  const of = (site) => stub.hits.filter((hit) => hit.fields.site === site);
  const beats = (site, n) => waitUntil(() => of(site).length > n, { what: `${n} heartbeats of ${site}` });

  const page = await chromium.open(t);
  await page.goto(stub.url);
  await beats('demo', 2);
  const front = await page.another();
  await page.waitFor('document.hidden');
  const before = of('demo').length;
  await front.goto(`${stub.url}/other`);
  await beats('other', 4);
  assert.equal(of('demo').length, before);
  await inFront(page);
  await beats('demo', before);
  assert.equal(types(stub).filter((type) => type === 'view').length, 2);
});

inEngines('proof 7: a page that comes back whole from the history is not a second view', async (t, engine) => {
  const tk = await startCounting(t);
  const spy = await startSpy(t, tk);
  const portal = await startPortal(t, spy, {
    pages: { 'index.html': `${head}<script>addEventListener('pageshow', (event) => (window.restored = event.persisted))</script>${tag}${box}` },
  });
  const page = await engine.open(t);
  await page.goto(portal);
  await page.waitFor(onlineShown);
  await page.goto(`${portal}?next`);
  await page.waitFor(`location.search === '?next' && ${onlineShown}`);
  await page.evaluate('void setTimeout(() => history.back())');
  await page.waitFor('window.restored', { what: 'the page to be restored' });
  await page.waitFor(onlineShown);
  assert.deepEqual(spy.hits.map((hit) => hit.fields.page), ['/', '/?next']);
  assert.deepEqual(page.complaints, []);
});

test('proof 8: five tabs are one visitor, two profiles are two, and none is online when the window is over', { skip }, async (t) => {
  const tk = await startCounting(t, { daemon: { test_clock: 'yes' } });
  const portal = await startPortal(t, tk, { pages: { 'index.html': head + tag + box } });
  const figures = async () => {
    const { online, today } = (await tk.counts()).body;
    return { online, today };
  };
  const expect = (wanted) => waitUntil(async () => JSON.stringify(await figures()) === JSON.stringify(wanted), { what: JSON.stringify(wanted) });

  const page = await chromium.open(t);
  for (let tab = page, n = 1; n <= 5; n++, tab = await page.another()) {
    await tab.goto(portal);
    await tab.waitFor(`${onlineShown} === 1`);
  }
  await expect({ online: 1, today: 5 });
  const other = await chromium.open(t);
  await other.goto(portal);
  await other.waitFor(`${onlineShown} === 2`);
  await expect({ online: 2, today: 6 });

  const later = (seconds) => request('POST', `${tk.admin}/clock`, { body: String(Date.now() + seconds * 1000) });
  assert.equal((await later(290)).status, 200);
  await expect({ online: 2, today: 6 });
  await later(310);
  const { online } = await waitUntil(async () => ((await figures()).online === 0 ? await figures() : null), { what: 'nobody to be online' });
  assert.equal(online, 0);
});
