// A server in the daemon's place, which answers what the test wants: for what
// the widget does with answers that a real one gives seldom.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import { top, waitUntil } from '../e2e/harness.mjs';
import { newVisitor, text } from './browser.mjs';

export const MINUTE = 60_000;
const noon = new Date('2024-04-24T12:00:00+07:00');

export const counts = {
  site: 'demo',
  online: 2,
  today: 30,
  yesterday: 0,
  week: 456,
  month: 7890,
  year: 12345,
  total: 1234567,
  page: { path: '/', views: 270 },
  next: 120,
};

/** What the daemon adds for list=vi. */
export const list = {
  label: 'Thống kê truy cập',
  pause: 'Tạm dừng',
  resume: 'Tiếp tục',
  rows: [
    ['online', 'Đang online', 'Số khách trong 5 phút gần đây'],
    ['today', 'Hôm nay', 'Số lượt truy cập từ 24/04/2024'],
    ['yesterday', '', 'Số lượt truy cập ngày 23/04/2024'],
    ['week', 'Trong tuần', 'Số lượt truy cập từ 22/04/2024'],
    ['month', '', 'Số lượt truy cập từ 01/04/2024'],
    ['year', '', 'Số lượt truy cập từ 01/01/2024'],
    ['total', 'Tất cả', 'Số lượt truy cập từ khi mở trang'],
  ],
};

export const script = '<script async src="/tk/thongke.js" data-site="demo"></script>';
export const box = '<div class="thongke-box"><noscript>không có script</noscript></div>';

/**
 * pages  { '/a': html }; of [html, more], more comes after a hit; every other page is the script and the box
 *
 * .hits are the requests to /tk/hit.  .reply(hit, n) is asked for the answer to
 * the n-th: counts, a { status, headers, body }, null to break off in the middle,
 * undefined to leave it without an answer.  .reads are those to /tk/counts, of
 * which every page has as many views as its name has letters; .fail(n) makes the
 * n-th fail.
 */
export async function startStub(t, pages = {}) {
  const stub = { hits: [], reply: () => counts, reads: [], fail: () => false, url: null };
  const server = http.createServer(async (request, response) => {
    const url = new URL(request.url, 'http://stub');
    if (url.pathname === '/tk/hit') return hit(stub, request, response);
    if (url.pathname === '/tk/counts') return read(stub, url.searchParams, response);
    if (url.pathname === '/favicon.ico') return response.writeHead(204).end();
    if (/\/thongke[^/]*\.js$/.test(url.pathname)) {
      response.writeHead(200, { 'Content-Type': 'text/javascript; charset=utf-8' });
      return response.end(fs.readFileSync(`${top}/build/assets/thongke.js`));
    }
    if (url.pathname === '/tk/box.css') {
      response.writeHead(200, { 'Content-Type': 'text/css; charset=utf-8' });
      return response.end(fs.readFileSync(`${top}/widget/box.css`));
    }
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
    const parts = [pages[url.pathname] ?? script + box].flat();
    response.write(`<!DOCTYPE html><html lang="vi"><title>.</title>${parts[0]}`);
    if (parts.length > 1) await waitUntil(() => stub.hits.length > 0, { what: 'a hit' });
    response.end(parts[1]);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  stub.url = `http://127.0.0.1:${server.address().port}`;
  return stub;
}

async function hit(stub, request, response) {
  const { method, headers } = request;
  const fields = Object.fromEntries(new URLSearchParams(await text(request)));
  const answer = stub.reply({ method, headers, fields }, stub.hits.length);
  stub.hits.push({ method, headers, fields });
  if (answer === undefined) return;
  if (answer === null) {
    // Not before its first byte: Chromium itself would send the request again.
    response.writeHead(200, { 'Content-Length': 99 });
    return response.write('{', () => response.destroy());
  }
  const whole = answer.status ? answer : { status: 200, body: JSON.stringify(fields.list ? { ...answer, list } : answer) };
  response.writeHead(whole.status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...whole.headers });
  response.end(whole.body);
}

function read(stub, parameters, response) {
  const pages = parameters.getAll('page').map((path) => ({ path, views: path.length }));
  const failed = stub.fail(stub.reads.length);
  stub.reads.push(pages.map((page) => page.path));
  response.writeHead(failed ? 503 : 200, { 'Content-Type': 'application/json' });
  response.end(failed ? '{}' : JSON.stringify({ ...counts, ...(pages.length > 1 ? { page: undefined, pages } : { page: pages[0] }) }));
}

/** A page of a new visitor on the stub, its clock stopped and in the test's hand. */
export async function open(t, pages, options = {}) {
  const stub = await startStub(t, pages);
  const page = await newVisitor(t, options.context);
  if (!options.realClock) {
    const time = new Date(options.time ?? noon);
    await page.clock.install({ time: time - MINUTE });
    await page.clock.pauseAt(time);
  }
  if (options.init) await page.addInitScript(options.init);
  return { stub, page };
}

/** Wait until that many requests were made, and see that they were no more. */
export async function expectHits(stub, n) {
  await waitUntil(() => stub.hits.length >= n, { what: `${n} hits` }).catch(() => {});
  assert.equal(stub.hits.length, n);
}

/** Let the page's clock run in steps, all that is due done in each. */
export async function advance(page, ms, step = 5_000) {
  for (; ms > 0; ms -= step) {
    await page.clock.runFor(Math.min(step, ms));
    await page.waitForFunction(() => !performance.getEntriesByName('pending').length);
  }
}

export const types = (stub) => stub.hits.map((hit) => hit.fields.type ?? 'view');

// Notes on the page itself which requests are under way, for advance(), and when each was sent.
export const watchRequests = () => {
  const send = XMLHttpRequest.prototype.send;
  XMLHttpRequest.prototype.send = function (body) {
    performance.mark('pending');
    (window.sent ??= []).push(Date.now());
    this.addEventListener('loadend', () => performance.clearMarks('pending'));
    send.call(this, body);
  };
};

// A tab that the test hides and shows.
export const hideable = () => {
  let hidden = false;
  Object.defineProperty(document, 'hidden', { get: () => hidden });
  window.setHidden = (value) => {
    hidden = value;
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  };
};
