// The widget in Chromium, Firefox and WebKit: what it shows, what it asks for,
// what it needs no leave for.
import assert from 'node:assert/strict';
import { waitUntil } from '../e2e/harness.mjs';
import { startPortal } from '../e2e/portal.mjs';
import { startSpy } from './browser.mjs';
import { inEngines, startChromium, startCounting, startFirefox } from './engines.mjs';

const head = '<!DOCTYPE html><html lang="vi"><meta charset="utf-8"><title>.</title>';
const box = '<div class="thongke-box"></div>';
const tag = (settings = '', base = '/tk') => `<script async src="${base}/thongke.js" data-site="demo" ${settings}></script>`;

// The list as a reader has it before him.
const items = `[...document.querySelector('.thongke-box').shadowRoot.querySelectorAll('li')]`;
const shown = `document.querySelector('.thongke-box')?.shadowRoot?.querySelector('b')`;
const styled = `${shown} && getComputedStyle(document.querySelector('.thongke-box').shadowRoot.querySelector('ul')).marginTop === '0px'`;
async function listOf(page, url) {
  await page.goto(url);
  await page.waitFor(shown, { what: `the list on ${url}` });
  return page.evaluate(`${items}.map((item) => item.innerText).join(' … ')`);
}

inEngines('proof 3: the exact text, dots between thousands, 0 as 0', async (t, engine) => {
  const tk = await startCounting(t);
  const portal = await startPortal(t, tk, {
    pages: { 'index.html': head + tag() + box, 'quiet.html': head + tag('data-count="0"') + box },
  });
  const page = await engine.open(t);
  const quiet = `${portal}quiet.html`;
  assert.equal(await listOf(page, quiet), 'Đang online: 0 … Hôm nay: 0 … Trong tuần: 0 … Tất cả: 0');
  assert.equal(await listOf(page, portal), 'Đang online: 1 … Hôm nay: 1 … Trong tuần: 1 … Tất cả: 1');

  assert.equal((await tk.cli('base', 'demo', '1234566')).code, 0);
  const total = async () => (await tk.counts({ site: 'demo' })).body.total === 1234567;
  await waitUntil(total, { what: 'the daemon to know the opening total' });
  assert.equal(await listOf(page, quiet), 'Đang online: 1 … Hôm nay: 1 … Trong tuần: 1 … Tất cả: 1.234.567');
  assert.deepEqual(page.complaints, []);
});

for (const [origin, base] of [
  ['the portal’s origin', () => '/tk'],
  ['another origin', (url) => `${url.replace('127.0.0.1', 'localhost')}tk`],
]) {
  inEngines(`proof 4: one API request a page, no preflight: ${origin}`, async (t, engine) => {
    const tk = await startCounting(t);
    const spy = await startSpy(t, tk);
    const spied = await startPortal(t, spy);
    const files = { 'index.html': head + tag('', base(spied)) + box };
    const portal = base(spied) === '/tk' ? await startPortal(t, spy, { pages: files }) : await startPortal(t, tk, { pages: files });

    const page = await engine.open(t);
    assert.equal(await listOf(page, portal), 'Đang online: 1 … Hôm nay: 1 … Trong tuần: 1 … Tất cả: 1');
    await page.waitFor(`document.readyState === 'complete' && ${styled}`);
    const asked = spy.requests.map(({ method, url }) => `${method} ${url}`).sort();
    assert.deepEqual(asked, ['GET /tk/box.css', 'GET /tk/thongke.js', 'POST /tk/hit']);
    // And as the browser has it, which knows also of what never left it.
    const entries = await page.evaluate(`performance.getEntriesByType('resource').map((entry) => entry.name)`);
    const paths = entries.map((name) => new URL(name).pathname).filter((name) => name.startsWith('/tk/'));
    assert.deepEqual(paths.sort(), ['/tk/box.css', '/tk/hit', '/tk/thongke.js']);
    assert.deepEqual(page.complaints, []);
  });
}

inEngines('proof 5: a strict policy with Trusted Types is never violated', async (t, engine) => {
  const tk = await startCounting(t);
  const spy = await startSpy(t, tk);
  const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'; report-uri /tk/reports";
  const listen = '<script src="/listen.js"></script>';
  const portal = await startPortal(t, spy, {
    pages: {
      'index.html': head + listen + tag('data-live="1"') + box,
      'broken.html': `${head + listen}<p style="color:red">không được phép</p>`,
      'listen.js': `var violations = [];
        document.addEventListener('securitypolicyviolation', function (event) { violations.push(event.effectiveDirective); });`,
    },
    extra: `add_header Content-Security-Policy "${policy}" always;`,
  });
  const reports = () => spy.requests.filter(({ url }) => url === '/tk/reports').length;

  const page = await engine.open(t);
  assert.match(await listOf(page, portal), /^Đang online: 1 … Hôm nay: 1 … Trong tuần: 1 … Tất cả: 1 … Tạm dừng$/);
  await page.waitFor(styled);
  assert.deepEqual(await page.evaluate('violations'), []);
  assert.equal(reports(), 0);
  assert.deepEqual(page.complaints, []);

  // What would have been told of a violation.
  await page.goto(`${portal}broken.html`);
  await page.waitFor('violations.length > 0');
  await waitUntil(() => reports() > 0, { what: 'a report' });
});

// A page in a frame tells the page around it what it shows, and whether it may keep anything.
const tell = `document.addEventListener('thongke:update', function () {
  var told = { text: ${items}.map(function (item) { return item.innerText; }).join(' … '), kept: 'yes' };
  try { localStorage.setItem('a', 'b'); } catch (e) { told.kept = e.name; }
  parent.postMessage(told, '*');
});`;
const framed = { 'framed.html': `${head}<script src="/tell.js"></script>${tag()}${box}`, 'tell.js': tell };

for (const [name, sandbox] of [
  ['in a frame on another site', ''],
  ['in a frame without storage', 'sandbox="allow-scripts"'],
]) {
  inEngines(`proof 10: ${name} it still renders`, async (t, engine) => {
    const tk = await startCounting(t);
    const portal = await startPortal(t, tk, { pages: framed });
    const around = await startPortal(t, tk, {
      pages: {
        'index.html': `${head}<script>addEventListener('message', (event) => (window.told = event.data))</script>
          <iframe ${sandbox} src="${portal}framed.html"></iframe>`,
      },
    });
    const page = await engine.open(t);
    await page.goto(around.replace('127.0.0.1', 'localhost'));
    await page.waitFor('window.told', { what: 'the frame to tell what it shows' });
    const { text, kept } = await page.evaluate('window.told');
    assert.equal(text, 'Đang online: 1 … Hôm nay: 1 … Trong tuần: 1 … Tất cả: 1');
    if (sandbox) assert.equal(kept, 'SecurityError');
  });
}

const withoutCookies = {
  Chromium: () => startChromium({ profile: { default_content_setting_values: { cookies: 2 } } }),
  Firefox: () => startFirefox({ 'network.cookie.cookieBehavior': 2 }),
};
inEngines('proof 10: with cookies and storage switched off it still renders', async (t, engine) => {
  const tk = await startCounting(t);
  const spy = await startSpy(t, tk);
  const portal = await startPortal(t, spy, { pages: framed });
  const page = await engine.open(t, await withoutCookies[engine.name]());
  assert.equal(await listOf(page, `${portal}framed.html`), 'Đang online: 1 … Hôm nay: 1 … Trong tuần: 1 … Tất cả: 1');
  assert.equal(await page.evaluate(`(() => { try { return localStorage.length } catch (e) { return e.name } })()`), 'SecurityError');
  assert.deepEqual(spy.hits.map((hit) => hit.fields.visitor), ['']);
}, { WebKit: 'MiniBrowser has no switch for it' });
