// What the widget shows on pages of all kinds, and what it says of its reader.
import assert from 'node:assert/strict';
import { test, waitUntil } from '../e2e/harness.mjs';
import { expectFigures, portalFigures } from './browser.mjs';
import { advance, box, counts, expectHits, list, MINUTE, open, script, types, watchRequests } from './stub.mjs';

test('the list: figures with dots, «…» for what is not known, 0 as 0, each with its meaning', async (t) => {
  const { stub, page } = await open(t);
  stub.reply = () => ({ ...counts, online: 0, today: 1000, week: null });
  await page.goto(stub.url);
  await expectFigures(page, portalFigures('0', '1.000', '…', '1.234.567'));
  const list = page.locator('.thongke-box ul');
  assert.equal(await list.getAttribute('lang'), 'vi');
  assert.equal(await list.getAttribute('aria-label'), 'Thống kê truy cập');
  for (const item of await list.locator('li').all()) assert.match(await item.getAttribute('title'), /^Số (khách|lượt)/);
  assert.deepEqual(page.complaints, []);
});

test('places of the page itself are filled, by attribute or class, and nothing else is touched', async (t) => {
  const { stub, page } = await open(t, {
    '/': `${script}<div data-thongke="box" id="own"><h3>Thống kê</h3><p>Hôm qua <i data-thongke="yesterday"></i>, tháng này
      <i class="so thongke-month">…</i>, năm nay <i class="thongke-year to">9.999</i></p></div>
      <p id="views">Lượt xem: <b class="thongke-views"></b></p><b id="other" data-thongke="views" data-path="/x">7</b>
      <p class="thongke-box-title">đề mục</p><p class="thongke-nothing">không</p><p data-thongke="constructor">lạ</p>
      <svg class="thongke-icon"></svg><div id="thongke">trùng tên</div>`,
  });
  await page.goto(stub.url);
  await page.waitForFunction(() => document.querySelector('.thongke-views').textContent === '270');
  assert.match(await page.locator('#own').innerText(), /Thống kê\s+Hôm qua 0, tháng này 7\.890, năm nay 12\.345/);
  assert.equal(await page.locator('#own ul').count(), 0);
  await waitUntil(async () => (await page.locator('#other').innerText()) === '2', { what: 'the views of another page' });
  assert.equal(await page.locator('.thongke-box-title').innerText(), 'đề mục');
  assert.equal(await page.locator('.thongke-nothing').innerText(), 'không');
  assert.equal(await page.locator('[data-thongke=constructor]').innerText(), 'lạ');
  assert.deepEqual(page.complaints, []);
});

test('what the server printed stands until something better is known', async (t) => {
  const { stub, page } = await open(t, { '/': `${script}<p id="views" data-thongke="views">1.024</p><i data-thongke="week">55</i>` });
  stub.reply = (hit, n) => (n ? { ...counts, week: null } : { status: 500, body: 'x' });
  await page.goto(stub.url);
  await expectHits(stub, 1);
  assert.equal(await page.locator('#views').innerText(), '1.024');
  await page.clock.runFor(20_000);
  await page.waitForFunction(() => document.getElementById('views').textContent === '270');
  assert.equal(await page.locator('[data-thongke=week]').innerText(), '55');
});

test('a page that is still arriving keeps its own places', async (t) => {
  const parts = [`${script}<div class="thongke-box"><p>`, '<b data-thongke="total"></b> lượt</p></div>'];
  const { stub, page } = await open(t, { '/': parts });
  await page.goto(stub.url);
  await page.waitForFunction(() => document.querySelector('b').textContent === '1.234.567');
  assert.equal(await page.locator('.thongke-box').innerText(), '1.234.567 lượt');
  assert.equal(await page.locator('ul').count(), 0);
});

test('old browsers, and elements that take no shadow, get the list as it is', async (t) => {
  const { stub, page } = await open(t, { '/': `${script}<table><tr><td class="thongke-box">…<noscript>x</noscript></table>` }, { init: watchRequests });
  stub.reply = (hit, n) => ({ ...counts, online: n + 1 });
  await page.goto(stub.url);
  await expectFigures(page, portalFigures(1, 30, 456, '1.234.567'));
  await advance(page, 15 * MINUTE);
  assert.equal(await page.locator('li').count(), 4);
  assert.equal(await page.locator('td').evaluate((cell) => cell.lastChild.tagName), 'UL');
});

test('a page that makes its text invisible does not hide the list', async (t) => {
  const style = '<style>div{font-size:0;line-height:0} ul{display:none;margin:99px} li{list-style:none;color:white}</style>';
  const { stub, page } = await open(t, { '/': style + script + box });
  await page.goto(stub.url);
  await expectFigures(page, portalFigures(2, 30, 456, '1.234.567'));
  const seen = await page.locator('.thongke-box li').first().evaluate((item) => {
    const style = getComputedStyle(item);
    return { size: style.fontSize, color: style.color, bullet: style.listStyleType, height: item.offsetHeight };
  });
  assert.deepEqual(seen, { size: '12px', color: 'rgb(0, 0, 0)', bullet: 'disc', height: 19 });
});

test('settings come from the attributes or from the query, the base from the address of the script', async (t) => {
  const { stub, page } = await open(t, {
    '/query': `<script async src="/tk/thongke.0123abcd.js?site=m%2Dloc&path=%2Ftin%2F1"></script>${box}`,
    '/api': `<script async src="/theme/js/thongke.js" data-site="demo" data-api="/tk" data-path="/tin/2"></script>${box}`,
    '/twice': script + script + box,
  });
  const shown = () => expectFigures(page, portalFigures(2, 30, 456, '1.234.567'));
  await page.goto(`${stub.url}/query`);
  await shown();
  assert.equal(stub.hits[0].fields.site, 'm-loc');
  assert.equal(stub.hits[0].fields.page, '/tin/1');
  await page.goto(`${stub.url}/api?x=1`);
  await shown();
  assert.equal(stub.hits[1].fields.page, '/tin/2');
  await page.goto(`${stub.url}/twice?ItemID=7&ten=%C3%A1`, { waitUntil: 'networkidle' });
  await expectHits(stub, 3);
  assert.equal(stub.hits[2].fields.page, '/twice?ItemID=7&ten=%C3%A1');
});

test('the referrer is a host and nothing more', async (t) => {
  const { stub, page } = await open(t);
  await page.goto(`${stub.url}/a`, { referer: 'https://timkiem.example/tim?q=abc' });
  await expectFigures(page, portalFigures(2, 30, 456, '1.234.567'));
  await page.goto(`${stub.url}/b`, { referer: `${stub.url}/a` });
  await expectHits(stub, 2);
  assert.deepEqual(stub.hits.map((hit) => hit.fields.ref), ['timkiem.example', new URL(stub.url).host]);
});

test('a browser that a program drives says so', async (t) => {
  const { stub, page } = await open(t, {}, { init: () => Object.defineProperty(navigator, 'webdriver', { get: () => true }) });
  await page.goto(stub.url);
  await expectHits(stub, 1);
  assert.equal(stub.hits[0].fields.robot, '1');
});

test('the page hears of new figures', async (t) => {
  const init = () => document.addEventListener('thongke:update', (event) => (window.heard = event.detail));
  const { stub, page } = await open(t, {}, { init });
  await page.goto(stub.url);
  assert.deepEqual(await (await page.waitForFunction(() => window.heard)).jsonValue(), { ...counts, list });
});

test('a token is a visitor of one day, but of a whole visit', async (t) => {
  const { stub, page } = await open(t, {}, { time: '2024-04-24T22:00:00+07:00', init: watchRequests });
  const visit = async () => {
    await page.goto(stub.url);
    await page.waitForFunction(() => /\d/.test(document.querySelector('.thongke-box').shadowRoot?.textContent));
    return stub.hits.at(-1).fields.visitor;
  };
  const evening = await visit();
  assert.match(evening, /^[0-9a-f]{16}$/);
  await page.clock.setSystemTime('2024-04-24T23:50:00+07:00');
  assert.equal(await visit(), evening, 'the same day');
  await page.clock.setSystemTime('2024-04-25T00:15:00+07:00');
  assert.equal(await visit(), evening, 'a visit over midnight');
  await page.clock.setSystemTime('2024-04-25T09:00:00+07:00');
  assert.equal(await visit(), evening, 'in use on this day already');
  await page.clock.setSystemTime('2024-04-26T00:01:00+07:00');
  const next = await visit();
  assert.notEqual(next, evening);
  assert.match(next, /^[0-9a-f]{16}$/);
  assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), ['thongke.demo']);
});

const privacy = {
  'Global Privacy Control': () => Object.defineProperty(navigator, 'globalPrivacyControl', { value: true }),
  'Do Not Track': () => Object.defineProperty(navigator, 'doNotTrack', { value: '1' }),
  'denied storage': () =>
    Object.defineProperty(window, 'localStorage', { get: () => { throw new DOMException('', 'SecurityError'); } }),
};
for (const [name, init] of Object.entries(privacy)) {
  test(`${name}: no token, nothing kept, everything shown`, async (t) => {
    const { stub, page } = await open(t, {}, { init });
    await page.addInitScript(watchRequests);
    await page.goto(stub.url);
    await expectFigures(page, portalFigures(2, 30, 456, '1.234.567'));
    await advance(page, 3 * MINUTE);
    assert.deepEqual(types(stub), ['view', 'beat']);
    assert.deepEqual(stub.hits.map((hit) => hit.fields.visitor), ['', '']);
    assert.equal(await page.evaluate(() => { try { return localStorage.length; } catch { return 0; } }), 0);
    assert.deepEqual(page.complaints, []);
  });
}
