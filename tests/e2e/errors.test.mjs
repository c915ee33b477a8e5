// Every refusal: its status, its JSON and its headers, over a raw socket.
import assert from 'node:assert/strict';
import { start, test, waitUntil } from './harness.mjs';
import { dial, hitBytes } from './raw.mjs';

const get = (target, headers = '') => `GET ${target} HTTP/1.1\r\nHost: demo.test\r\n${headers}\r\n`;
const post = (headers) => `POST /tk/hit HTTP/1.1\r\nHost: demo.test\r\n${headers}\r\n`;
const body = 'site=demo&page=/';

// [status, error, bytes, whether the connection goes on]
const refusals = [
  [400, 'bad_request', 'GET /tk/counts HTTP/1.1\r\n\r\n', false], // no Host
  [400, 'bad_request', get('/tk/counts', 'Host: other.test\r\n'), false],
  [400, 'bad_request', get('/tk/counts', 'Transfer-Encoding: chunked\r\n'), false],
  [400, 'bad_request', 'GET /tk/counts HTTP/1.1\nHost: demo.test\n\n', false],
  [400, 'bad_page', hitBytes('no-slash'), true],
  [400, 'site_missing', get('/tk/counts'), true],
  [403, 'host_not_allowed', post(`Origin: http://elsewhere.test\r\nContent-Length: ${body.length}\r\n`) + body, true],
  [404, 'not_found', get('/'), true],
  [404, 'not_found', get('/tk/nothing'), true],
  [404, 'unknown_site', hitBytes('/', 'nobody'), true],
  [405, 'method_not_allowed', get('/tk/hit'), true],
  [405, 'method_not_allowed', 'DELETE /tk/counts HTTP/1.1\r\nHost: demo.test\r\n\r\n', true],
  [408, 'request_timeout', 'GET /tk/counts HTTP/1.1\r\nHost: dem', false],
  [408, 'request_timeout', post('Content-Length: 5\r\n') + 'site', false],
  [411, 'length_required', post(''), false],
  [413, 'body_too_large', post('Content-Length: 1025\r\n'), false],
  [413, 'body_too_large', post('Content-Length: 99999999999999999999999999\r\n'), false],
  [414, 'uri_too_long', get(`/tk/counts?site=demo&page=/${'x'.repeat(1024)}`), false],
  [417, 'expectation_failed', post('Content-Length: 5\r\nExpect: a-miracle\r\n'), false],
  [431, 'headers_too_large', get('/tk/counts', `Cookie: ${'x'.repeat(4096)}\r\n`), false],
  [505, 'version_not_supported', 'GET /tk/counts HTTP/2.0\r\nHost: demo.test\r\n\r\n', false],
];

/** What every refusal of the public listener has. */
function check(answer, status, error) {
  assert.deepEqual([answer.status, answer.body?.error], [status, error]);
  assert.deepEqual(Object.keys(answer.body), ['error', 'message']);
  assert.ok(answer.body.message.length > 5);
  const { headers } = answer;
  assert.equal(headers['content-type'], 'application/json; charset=utf-8');
  assert.equal(headers['cache-control'], 'no-store');
  assert.equal(headers['access-control-allow-origin'], '*');
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['retry-after'], [429, 503].includes(status) ? '15' : undefined);
}

test('every refusal is JSON that says what it is', async (t) => {
  const tk = await start(t, { daemon: { body_max: 1024, url_max: 1024, header_max: 4096, request_timeout: '300ms' } });
  for (const [status, error, bytes, goesOn] of refusals) {
    await t.test(`${status} ${error}: ${bytes.slice(0, 40).replace(/\s+/g, ' ')}`, async () => {
      const client = dial(t, tk.url);
      const answer = await client.ask(bytes);
      check(answer, status, error);
      if (status === 405) assert.equal(answer.headers.allow, bytes.startsWith('GET') ? 'POST, OPTIONS' : 'GET, HEAD, OPTIONS');
      assert.equal(answer.headers.connection, goesOn ? undefined : 'close');
      if (goesOn) assert.equal((await client.ask(get('/tk/counts?site=demo'))).status, 200);
      else await client.untilEnded();
      client.close();
    });
  }
  assert.deepEqual(await tk.redis.cmd('KEYS', 'tk:{*'), []);
  const metrics = await tk.metrics();
  for (const status of [400, 408, 411, 413, 414, 417, 431, 505]) {
    const outside = refusals.filter(([s, , , goesOn]) => s === status && !goesOn).length;
    assert.equal(metrics[`thongke_requests_total{endpoint="none",status="${status}"}`], outside, `status ${status}`);
  }
});

test('429: a client with more connections than connections_per_client', async (t) => {
  const tk = await start(t, { daemon: { trusted_proxies: '', connections_per_client: 3 } });
  const localAddress = '127.0.0.7';
  const held = Array.from({ length: 3 }, () => dial(t, tk.url, { localAddress }));
  for (const one of held) assert.equal((await one.ask(hitBytes())).status, 200);
  const fourth = dial(t, tk.url, { localAddress });
  check(await fourth.answer(), 429, 'too_many_connections');
  await fourth.untilEnded();
  await tk.expectMetric('thongke_requests_total{endpoint="none",status="429"}', 1);
  await tk.expectMetric('thongke_connections_refused_total{listener="public"}', 1);
});

test('503: more hits than pending_max', async (t) => {
  const tk = await start(t, { daemon: { spool_dir: '', pending_max: 1 } });
  await tk.hit();
  tk.redis.freeze();
  tk.onEnd(async () => tk.redis.thaw());
  const first = dial(t, tk.url).send(hitBytes());
  await waitUntil(async () => (await tk.metrics()).thongke_pending_hits === 1, { what: 'the first to wait' });
  check(await dial(t, tk.url).ask(hitBytes()), 503, 'unavailable');
  tk.redis.thaw();
  assert.equal((await first.answer()).status, 200);
});

test('the admin listener refuses in the same words', async (t) => {
  const tk = await start(t);
  for (const [status, error, bytes] of [
    [400, 'bad_request', 'GET /livez HTTP/1.1\r\n\r\n'],
    [404, 'not_found', get('/tk/hit')],
    [405, 'method_not_allowed', 'POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n'],
  ]) {
    const answer = await dial(t, tk.admin).ask(bytes);
    assert.deepEqual([answer.status, answer.body.error], [status, error]);
    assert.match(answer.headers['content-type'], /^application\/json/);
    assert.equal(answer.headers.allow, status === 405 ? 'GET, HEAD, OPTIONS' : undefined);
  }
});
