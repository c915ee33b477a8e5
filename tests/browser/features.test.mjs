// What a page can ask of the widget: looks, labels, languages, lists, routes, silence.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test, top, waitUntil } from '../e2e/harness.mjs';
import { expectFigures, portalFigures } from './browser.mjs';
import { advance, box, counts, expectHits, MINUTE, open, script, types, watchRequests } from './stub.mjs';

const tag = (settings) => `<script async src="/tk/thongke.js" data-site="demo" ${settings}></script>`;
const shown = (page) => expectFigures(page, portalFigures(2, 30, 456, '1.234.567'));
const textOf = (page, selector, wanted) =>
  waitUntil(async () => (await page.locator(selector).innerText()) === wanted, { what: `«${wanted}» in ${selector}` });

test('the looks: a name at the list, one style for all, without a style in the page', async (t) => {
  const { stub, page } = await open(t, {
    '/': `${tag('data-look="portal"')}<div id="portal" class="thongke-box"></div><div id="digits" data-thongke="box" data-look="digits"></div>`,
    '/query': `<script async src="/tk/thongke.js?site=demo&look=digits"></script><div id="digits" class="thongke-box"></div>`,
  });
  await page.goto(stub.url);
  await page.locator('#digits li').first().waitFor();
  for (const look of ['portal', 'digits']) {
    const list = page.locator(`#${look} ul`);
    assert.equal(await list.getAttribute('class'), `thongke-list thongke-${look}`);
    await waitUntil(async () => (await list.locator('li').first().evaluate((item) => getComputedStyle(item).display)) === 'flex', { what: 'the style' });
  }
  assert.match(await page.locator('#digits b').first().evaluate((figure) => getComputedStyle(figure).backgroundImage), /gradient/);
  assert.equal(await page.locator('style, [style]').count(), 0);
  await page.goto(`${stub.url}/query`);
  await page.locator('#digits ul.thongke-digits li').first().waitFor();
  assert.deepEqual(page.complaints, []);
});

test('labels are replaced, an empty one hides its row, one for a month adds it', async (t) => {
  const { stub, page } = await open(t, {
    '/': `${script}<div class="thongke-box" data-online="Đang truy cập" data-week="" data-month="Tháng này"></div>`,
    '/script': `${tag('data-today="Trong ngày" data-total=""')}${box}`,
    '/query': `<script async src="/tk/thongke.js?site=demo&online=%C4%90ang%20xem&today="></script>${box}`,
  });
  await page.goto(stub.url);
  await expectFigures(page, ['Đang truy cập: 2', 'Hôm nay: 30', 'Tháng này: 7.890', 'Tất cả: 1.234.567']);
  assert.equal(await page.locator('li').nth(2).getAttribute('title'), 'Số lượt truy cập từ 01/04/2024');
  await page.goto(`${stub.url}/script`);
  await expectFigures(page, ['Đang online: 2', 'Trong ngày: 30', 'Trong tuần: 456']);
  await page.goto(`${stub.url}/query`);
  await expectFigures(page, ['Đang xem: 2', 'Trong tuần: 456', 'Tất cả: 1.234.567']);
});

test('English: asked of the daemon by the list, with commas', async (t) => {
  const { stub, page } = await open(t, { '/': `${tag('data-lang="en"')}${box}<b class="thongke-total">…</b>` });
  await page.goto(stub.url);
  await textOf(page, '.thongke-total', '1,234,567');
  assert.equal(stub.hits[0].fields.list, 'en');
  assert.equal(await page.locator('ul').getAttribute('lang'), 'en');
});

test('a list of articles is read at once, without counting', async (t) => {
  const paths = ['/tin/1', '/tin/22', '/tin/3?ItemID=4'];
  const links = paths.map((path) => `<i class="thongke-views" data-path="${path}">…</i>`);
  const { stub, page } = await open(t, { '/': `${script}${links.join()}<b class="thongke-views">…</b>` }, { init: watchRequests });
  await page.goto(stub.url);
  await textOf(page, 'b', '270');
  await textOf(page, 'i >> nth=2', '15');
  assert.deepEqual(await page.locator('i').allInnerTexts(), ['6', '7', '15']);
  await advance(page, 11 * MINUTE);
  assert.deepEqual(stub.reads, [paths]);
  assert.equal(types(stub).filter((type) => type === 'view').length, 1);
});

test('a list that can not be read stays «…», and is not asked for again and again by a page that changes', async (t) => {
  const list = '<i class="thongke-views" data-path="/x">…</i><b class="thongke-total">…</b><p>0</p>';
  const { stub, page } = await open(t, { '/': tag('data-spa="1"') + list });
  stub.fail = () => true;
  await page.goto(stub.url);
  await textOf(page, 'b', '1.234.567');
  await waitUntil(() => stub.reads.length > 0, { what: 'the list to be asked for' });
  for (let n = 1; n <= 20; n++) await page.evaluate((text) => (document.querySelector('p').textContent = text), n);
  assert.equal(await page.locator('i').innerText(), '…');
  assert.equal(stub.reads.length, 1);
  await page.evaluate(() => document.querySelector('p').insertAdjacentHTML('afterend', '<i data-thongke="views" data-path="/y">…</i>'));
  await waitUntil(() => stub.reads.length > 1, { what: 'a new place to be asked for' });
  assert.deepEqual(stub.reads, [['/x'], ['/y']]);
});

test('a list of any length is read in parts that an address has room for', async (t) => {
  const names = Array.from({ length: 200 }, (_, n) => `/tin-tuc/${'bài-viết-'.repeat(2)}${n}`);
  const { stub, page } = await open(t, { '/': script + names.map((name) => `<i class="thongke-views" data-path="${name}">…</i>`).join(' ') });
  await page.goto(stub.url);
  await page.waitForFunction(() => [...document.querySelectorAll('i')].every((place) => place.textContent > 0));
  const parts = [...stub.reads].sort(([a], [b]) => names.indexOf(a) - names.indexOf(b)); // they are asked for at once
  assert.deepEqual(parts.flat(), names);
  assert.ok(stub.reads.length > 2 && stub.reads.length < 8, `${stub.reads.length} reads`);
  await expectHits(stub, 1);
});

test('a page of which one list element is asked about', async (t) => {
  const { stub, page } = await open(t, { '/': `${script}<i data-thongke="views" data-path="/x">…</i>` });
  await page.goto(stub.url);
  await textOf(page, 'i', '2');
});

test('thongke.view counts a page by hand, in order, and shows no figure of another page', async (t) => {
  const { stub, page } = await open(t, { '/': `${script}<b class="thongke-views">…</b>` }, { init: watchRequests });
  stub.reply = (hit) => ({ ...counts, page: { path: hit.fields.page, views: hit.fields.page.length } });
  await page.goto(stub.url);
  await textOf(page, 'b', '1');
  stub.reply = (hit, n) => (n < 2 ? { status: 503, body: '{}' } : { ...counts, page: { path: hit.fields.page, views: hit.fields.page.length } });
  await page.evaluate(() => window.thongke.view('/tin/2'));
  await textOf(page, 'b', '…');
  await expectHits(stub, 2);
  await advance(page, 1); // its answer has come
  await page.evaluate(() => window.thongke.view('/tin/333'));
  await textOf(page, 'b', '8');
  assert.deepEqual(stub.hits.map((hit) => hit.fields.page), ['/', '/tin/2', '/tin/2', '/tin/333']);
  assert.equal(stub.hits[1].fields.id, stub.hits[2].fields.id);
  assert.notEqual(stub.hits[2].fields.id, stub.hits[3].fields.id);
});

for (const [name, go] of Object.entries({
  pushState: (route) => history.pushState({}, '', route),
  'hash routes': (route) => (location.hash = `#${route}`),
})) {
  test(`proof 17: ${name}: one view a route, and new places are filled`, async (t) => {
    const { stub, page } = await open(t, { '/': `${tag('data-spa="1"')}<div id="app"><b class="thongke-views">…</b></div>` });
    const hash = name === 'hash routes' ? '/#' : '';
    stub.reply = (hit) => ({ ...counts, page: { path: hit.fields.page, views: hit.fields.page.length } });
    await page.goto(stub.url);
    await textOf(page, 'b', '1');
    await page.evaluate(go, '/tin/2');
    // As a portal's router does: the new page is put in after the address has changed.
    await page.evaluate(() => (document.getElementById('app').innerHTML = '<b data-thongke="views">…</b><i class="thongke-total">…</i>'));
    await textOf(page, 'b', String(`${hash}/tin/2`.length));
    await textOf(page, 'i', '1.234.567');
    await page.evaluate(go, '/tin/33');
    await textOf(page, 'b', String(`${hash}/tin/33`.length));
    await page.goBack();
    await textOf(page, 'b', String(`${hash}/tin/2`.length));
    assert.deepEqual(stub.hits.map((hit) => hit.fields.page), ['/', `${hash}/tin/2`, `${hash}/tin/33`, `${hash}/tin/2`]);
  });
}

test('an anchor within the page is no route, and without «spa» nothing is', async (t) => {
  const { stub, page } = await open(t, { '/': `${tag('data-spa="1"')}${box}<p id="cuoi">`, '/plain': script + box });
  await page.goto(stub.url);
  await shown(page);
  await page.evaluate(() => (location.hash = '#cuoi'));
  await page.waitForFunction(() => location.hash === '#cuoi');
  await expectHits(stub, 1);
  await page.goto(`${stub.url}/plain`);
  await shown(page);
  await page.evaluate(() => history.pushState({}, '', '/tin/2'));
  await page.evaluate(() => (location.hash = '#/tin/3'));
  await page.waitForFunction(() => location.hash === '#/tin/3');
  await expectHits(stub, 2);
});

test('live: painted with each heartbeat, and a button that stops it', async (t) => {
  const { stub, page } = await open(t, { '/': `${tag('data-live="1"')}${box}` }, { init: watchRequests });
  stub.reply = (hit, n) => ({ ...counts, online: n + 1 });
  await page.goto(stub.url);
  await expectFigures(page, [...portalFigures(1, 30, 456, '1.234.567'), 'Tạm dừng']);
  await advance(page, 2.3 * MINUTE);
  await expectFigures(page, [...portalFigures(2, 30, 456, '1.234.567'), 'Tạm dừng']);
  await page.getByRole('button', { name: 'Tạm dừng' }).click();
  await advance(page, 2.3 * MINUTE);
  await expectHits(stub, 3);
  await expectFigures(page, [...portalFigures(2, 30, 456, '1.234.567'), 'Tiếp tục']);
  await page.getByRole('button', { name: 'Tiếp tục' }).click();
  await advance(page, 2.3 * MINUTE);
  await expectFigures(page, [...portalFigures(4, 30, 456, '1.234.567'), 'Tạm dừng']);
});

test('#thongke-off: this browser is shown the figures and not counted, until #thongke-on', async (t) => {
  const { stub, page } = await open(t);
  const off = () => stub.hits.at(-1).fields.off;
  await page.goto(`${stub.url}/#thongke-off`);
  await shown(page);
  assert.equal(off(), '1');
  await page.goto(`${stub.url}/b`);
  await shown(page);
  assert.equal(off(), '1');
  await page.goto(`${stub.url}/c#thongke-on`);
  await shown(page);
  assert.equal(off(), undefined);
  await page.goto(`${stub.url}/d`);
  await shown(page);
  assert.equal(off(), undefined);
});

test('count=0 shows and does not count', async (t) => {
  const { stub, page } = await open(t, { '/': `${tag('data-count="0"')}${box}` });
  await page.goto(stub.url);
  await shown(page);
  assert.equal(stub.hits[0].fields.off, '1');
});

test('proof 1: at most 4,096 bytes, 2,048 on the wire', (t) => {
  const size = (end) => fs.statSync(`${top}/build/assets/thongke.js${end}`).size;
  const sizes = { raw: size(''), gzip: size('.gz'), brotli: size('.br') };
  t.diagnostic(`thongke.js: ${sizes.raw} bytes, ${sizes.gzip} gzip, ${sizes.brotli} brotli`);
  assert.ok(sizes.raw <= 4096 && sizes.gzip <= 2048 && sizes.brotli <= 2048, JSON.stringify(sizes));
});
