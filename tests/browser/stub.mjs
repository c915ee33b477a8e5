// A server in the daemon's place, which answers what the test wants: for what
// the widget does with answers that a real one gives seldom.
import fs from 'node:fs';
import http from 'node:http';
import { top } from '../e2e/harness.mjs';
import { text } from './browser.mjs';

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

export const script = '<script async src="/tk/thongke.js" data-site="demo"></script>';
export const box = '<div class="thongke-box"><noscript>không có script</noscript></div>';

/**
 * pages  { '/a': html }; every other page is the box and the script
 *
 * The stub's .hits are the requests to /tk/hit, with the time of the browser's
 * own clock unknown to it.  .reply(hit, n) is asked for the answer to the n-th:
 * counts, or a { status, headers, body }, or null to break the connection.
 */
export async function startStub(t, pages = {}) {
  const stub = { hits: [], reply: () => counts, headers: {}, url: null };
  const server = http.createServer(async (request, response) => {
    const url = new URL(request.url, 'http://stub');
    if (url.pathname === '/tk/hit') return hit(stub, request, response);
    if (url.pathname === '/favicon.ico') return response.writeHead(204).end();
    if (/\/thongke[^/]*\.js$/.test(url.pathname)) {
      response.writeHead(200, { 'Content-Type': 'text/javascript; charset=utf-8' });
      return response.end(fs.readFileSync(`${top}/widget/thongke.js`));
    }
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', ...stub.headers });
    response.end(`<!DOCTYPE html><html lang="vi"><title>.</title>${pages[url.pathname] ?? script + box}</html>`);
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
  if (answer === null) return request.socket.destroy();
  const whole = answer.status ? answer : { status: 200, body: JSON.stringify(answer) };
  const cors = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': 'Retry-After' };
  response.writeHead(whole.status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...cors, ...whole.headers });
  response.end(whole.body);
}
