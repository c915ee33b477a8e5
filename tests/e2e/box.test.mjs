// The figures without script: box.html and pixel.gif count, box.svg and views.svg do not.
import assert from 'node:assert/strict';
import { browserAgent, request, run, start, test, waitUntil } from './harness.mjs';
import { dial } from './raw.mjs';

const site = 'http://demo.test';
const noon = Date.parse('2026-11-26T12:00:00+07:00'); // a Thursday
const setClock = (tk, moment) => request('POST', `${tk.admin}/clock`, { body: String(moment) });

/** What a browser sends for a frame or picture in the page of that address. */
const from = (page, headers) => ({
  headers: { 'User-Agent': browserAgent, ...(page && { Referer: site + page }), ...headers },
});
const get = (tk, target, page = '/', headers) => tk.request('GET', target, from(page, headers));
const rows = ({ text }) => [...text.matchAll(/<(?:li|p)[^>]*>([^<]*<b>[^<]*<\/b>)/g)].map(([, row]) => row.replace(/<\/?b>/g, ''));
const total = async (tk) => Number(await tk.redis.cmd('HGET', 'tk:{demo}:counts', 'hits'));
const views = async (tk, page) => Number(await tk.redis.cmd('HGET', 'tk:{demo}:pages', page));
async function wellFormed(text) {
  const { code, stderr } = await run('xmllint', ['--noout', '--nonet', '-'], { input: text });
  assert.equal(code, 0, stderr);
}

test('box.html counts one view and shows it', async (t) => {
  const tk = await start(t, { daemon: { test_clock: 'yes' } });
  await setClock(tk, noon);
  for (const page of ['/tin/1', '/tin/1', '/']) await tk.hit({ page });
  const box = await get(tk, '/box.html?site=demo&page=%2Ftin%2F1', '/khac');
  assert.equal(box.status, 200);
  assert.deepEqual(rows(box), ['Đang online: 2', 'Hôm nay: 4', 'Trong tuần: 4', 'Tất cả: 4', 'Lượt xem: 3']);
  assert.deepEqual([await total(tk), await views(tk, '/tin/1')], [4, 3]);
  assert.equal(box.headers['content-type'], 'text/html; charset=utf-8');
  assert.equal(box.headers['cache-control'], 'no-store');
  assert.equal(box.headers.etag, undefined);
  assert.match(box.text, /<html lang="vi">/);
  assert.match(box.text, /<ul class="thongke-list thongke-plain" lang="vi" aria-label="Thống kê truy cập">/);
  assert.match(box.text, /<li title="Số lượt truy cập từ 23\/11\/2026">Trong tuần/);
  assert.match(box.text, /<link rel="stylesheet" href="box.css">/);
  await wellFormed((await run('xmllint', ['--html', '--xmlout', '--nonet', '-'], { input: box.text })).stdout);
  await tk.expectMetric('thongke_requests_total{endpoint="box.html",status="200"}', 1);
});

test('box.html: one reader in two frames is one visitor, another browser is another', async (t) => {
  const tk = await start(t);
  await get(tk, '/box.html?site=demo');
  assert.match((await get(tk, '/box.html?site=demo')).text, /Đang online: <b>1</);
  assert.match((await get(tk, '/box.html?site=demo', '/', { 'User-Agent': browserAgent.replace('126', '127') })).text, /Đang online: <b>2</);
});

test('language, look, week and figure', async (t) => {
  const tk = await start(t, {
    daemon: { test_clock: 'yes' },
    sites: { demo: { figure: 'visits', week_start: 'sunday', timezone: 'America/New_York' } },
  });
  await setClock(tk, noon); // it is still the morning of the 26th there
  const box = await get(tk, '/box.html?site=demo&lang=en&look=digits');
  assert.match(box.text, /<html lang="en">[^]*<title>Visitor statistics<[^]*<ul class="thongke-list thongke-digits" lang="en"/);
  assert.match(box.text, /<li title="Visits since 26\/11\/2026">Today: [^]*<li title="Visits since 22\/11\/2026">This week: /);
  await setClock(tk, noon - 12 * 3_600_000);
  assert.match((await get(tk, '/box.html?site=demo&look=portal')).text, /thongke-portal[^]*"Số lượt khách từ 25\/11\/2026">Hôm nay/);
  for (const query of ['lang=fr', 'look=neon', 'lang=', 'look=%22%3E']) {
    const slip = await get(tk, `/box.html?site=demo&${query}`);
    assert.match(slip.text, /<html lang="vi">[^]*thongke-list thongke-plain"/, query);
  }
});

test('without page it is that of the Referer, else /', async (t) => {
  const tk = await start(t);
  for (const target of ['/box.html?site=demo', '/pixel.gif?site=demo']) {
    const asked = await get(tk, target, '/tin/b%C3%A0i/?utm_source=x');
    assert.equal(asked.status, 200);
    assert.doesNotMatch(asked.text, /Lượt xem/);
    await get(tk, target, '/%zz');
    await get(tk, target, '');
  }
  assert.deepEqual([await views(tk, '/tin/bài'), await views(tk, '/'), await total(tk)], [2, 4, 6]);
});

test('the pixel counts one view, by either name', async (t) => {
  const tk = await start(t);
  const pixel = await get(tk, '/pixel.gif?site=demo&page=/tin/2', '');
  assert.equal(pixel.status, 200);
  assert.deepEqual([pixel.headers['content-type'], pixel.headers['cache-control'], pixel.bytes.length], ['image/gif', 'no-store', 43]);
  assert.equal(pixel.bytes.toString('latin1', 0, 10), 'GIF89a\x01\x00\x01\x00');
  assert.equal(pixel.bytes.at(-1), 0x3b);
  assert.deepEqual([await total(tk), await views(tk, '/tin/2')], [1, 1]);
  const other = await get(tk, '/hit.gif?site=demo&page=/tin/2', '');
  assert.deepEqual(other.bytes, pixel.bytes);
  assert.deepEqual([await total(tk), await views(tk, '/tin/2')], [2, 2]);
  await tk.expectMetric('thongke_requests_total{endpoint="pixel.gif",status="200"}', 2);
});

test('HEAD answers as GET does and never counts', async (t) => {
  const tk = await start(t);
  await tk.hit();
  for (const target of ['/box.html?site=demo&page=/', '/box.html?site=demo&count=0', '/pixel.gif?site=demo&page=/', '/box.svg?site=demo', '/views.svg?site=demo&page=/']) {
    const head = await tk.request('HEAD', target, from('/'));
    assert.equal(await total(tk), 1, target);
    const answer = await get(tk, target);
    assert.deepEqual([head.status, head.text, head.headers['content-type']], [200, '', answer.headers['content-type']], target);
    assert.equal(head.headers['content-length'], answer.headers['content-length'], target);
    assert.equal(head.headers['cache-control'], answer.headers['cache-control'], target);
    await tk.redis.cmd('HSET', 'tk:{demo}:counts', 'hits', 1);
  }
  assert.equal((await tk.request('HEAD', '/box.html?site=demo', from('', { Referer: 'http://elsewhere.test/' }))).status, 403);
  await tk.expectMetric('thongke_refused_total{reason="host_not_allowed"}', 0);
});

test('what does not count is cached as the counts are', async (t) => {
  const tk = await start(t);
  await tk.hit({ page: '/a' });
  for (const [target, type] of [
    ['/box.html?site=demo&page=/a&count=0', 'text/html; charset=utf-8'],
    ['/box.svg?site=demo&page=/a', 'image/svg+xml'],
    ['/views.svg?site=demo&page=/a', 'image/svg+xml'],
  ]) {
    const first = await get(tk, target, '', { 'User-Agent': 'curl/8.5.0' });
    assert.deepEqual([first.status, first.headers['content-type'], first.headers['cache-control']], [200, type, 'public, max-age=2']);
    assert.match(first.text, /Lượt xem: (<b>)?1</);
    const again = await get(tk, target, '/a', { 'If-None-Match': first.headers.etag });
    assert.deepEqual([again.status, again.text, again.headers.etag], [304, '', first.headers.etag], target);
    assert.notEqual((await get(tk, `${target}&lang=en`)).headers.etag, first.headers.etag);
  }
  assert.equal(await total(tk), 1);
  const stale = (await get(tk, '/views.svg?site=demo&page=/a')).headers.etag;
  await get(tk, '/pixel.gif?site=demo&page=/a');
  const changed = await get(tk, '/views.svg?site=demo&page=/a', '/', { 'If-None-Match': stale });
  assert.deepEqual([changed.status, /Lượt xem: 2/.test(changed.text)], [200, true]);
});

test('pictures are well-formed, say their figures in words and can not be written into', async (t) => {
  const tk = await start(t);
  await tk.redis.cmd('HSET', 'tk:{demo}:counts', 'opening', 1234566);
  await tk.hit({ page: `/<&>"'` });
  const evil = encodeURIComponent(`/<&>"'`);
  const box = await get(tk, `/box.svg?site=demo&page=${evil}&lang=${evil}&look=${evil}`);
  await wellFormed(box.text);
  assert.deepEqual([...box.text.matchAll(/<text[^>]*>([^<]*)</g)].map(([, line]) => line), [
    '• Đang online: 1',
    '• Hôm nay: 1',
    '• Trong tuần: 1',
    '• Tất cả: 1.234.567',
    'Lượt xem: 1',
  ]);
  assert.match(box.text, /role="img" aria-label="Thống kê truy cập\. Đang online: 1; .*; Lượt xem: 1"/);
  assert.match(box.text, /<title>Thống kê truy cập\. Đang online: 1;/);
  assert.match(box.text, /<rect width="100%" height="100%" fill=/);
  assert.doesNotMatch(box.text, /style|script/);
  const english = await get(tk, `/views.svg?site=demo&lang=en&page=${evil}`);
  await wellFormed(english.text);
  assert.match(english.text, /<text[^>]*>Views: 1<\/text>/);
  assert.doesNotMatch(english.text, /online/i);
  const page = await get(tk, `/box.html?site=demo&page=${evil}&look=${evil}&count=0`);
  for (const { text } of [box, english, page]) assert.doesNotMatch(text, /&|''|\/</);
});

test('what is wrong with a request is refused in JSON, and a hit that way counted by reason', async (t) => {
  const tk = await start(t, { sites: { demo: {}, strict: { require_origin: 'yes' } } });
  const elsewhere = { Referer: 'http://elsewhere.test/tin/1' };
  for (const [status, error, target, headers] of [
    [400, 'site_missing', '/box.html'],
    [400, 'site_missing', '/pixel.gif?page=/'],
    [400, 'site_missing', '/box.svg?site'],
    [400, 'site_missing', '/counts?site'],
    [400, 'site_missing', '/box.html?site='],
    [404, 'unknown_site', '/box.html?site=nobody'],
    [404, 'unknown_site', '/pixel.gif?site=%3Cb%3E'],
    [404, 'unknown_site', '/views.svg?site=nobody&page=/'],
    [400, 'bad_page', '/box.html?site=demo&page=tin'],
    [400, 'bad_page', '/box.html?site=demo&page=&count=0'],
    [400, 'bad_page', '/pixel.gif?site=demo&page='],
    [400, 'bad_page', '/views.svg?site=demo'],
    [400, 'bad_page', '/box.svg?site=demo&page=http://elsewhere.test/'],
    [400, 'bad_request', '/box.html?site=demo&page=%00'],
    [400, 'bad_request', '/box.html?site=demo&site=demo'],
    [400, 'bad_request', '/box.html?site=demo&page=/&page=/'],
    [400, 'bad_request', '/box.html?site=demo&lang=vi&lang=vi'],
    [400, 'bad_request', '/box.svg?site=demo&look=plain&look=plain'],
    [400, 'bad_request', '/pixel.gif?site=demo&count=1&count=0'],
    [400, 'bad_request', '/views.svg?site=demo&page=/&page=/'],
    [403, 'host_not_allowed', '/box.html?site=demo&page=/', elsewhere],
    [403, 'host_not_allowed', '/pixel.gif?site=demo&page=/', elsewhere],
    [403, 'origin_missing', '/pixel.gif?site=strict&page=/'],
  ]) {
    const { status: got, body, headers: its } = await get(tk, target, '', headers);
    assert.deepEqual([got, body.error, its['cache-control']], [status, error, 'no-store'], target);
  }
  assert.deepEqual(await tk.redis.cmd('KEYS', 'tk:{*'), []);
  await tk.expectMetric('thongke_refused_total{reason="host_not_allowed"}', 2);
  await tk.expectMetric('thongke_refused_total{reason="unknown_site"}', 2);
  await tk.expectMetric('thongke_refused_total{reason="bad_page"}', 2);
  for (const target of ['/box.html?site=demo', '/box.svg?site=demo', '/pixel.gif?site=demo']) {
    const { status, headers } = await tk.request('POST', target, { body: '' });
    assert.deepEqual([status, headers.allow], [405, 'GET, HEAD, OPTIONS']);
  }
});

test('who is not counted is answered alike, and told why where that is debugged', async (t) => {
  const tk = await start(t, { daemon: { debug_networks: '192.0.2.0/24' }, sites: { demo: {} } });
  const counted = await get(tk, '/box.html?site=demo', '/', { 'X-Forwarded-For': '192.0.2.1' });
  assert.equal(counted.headers['thongke-counted'], 'yes; client=192.0.2.1');
  for (const [reason, headers] of [
    ['bot', { 'User-Agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' }],
    ['prefetch', { 'Sec-Purpose': 'prefetch' }],
    ['agent', { 'User-Agent': '-' }],
  ]) {
    const secret = await get(tk, '/box.html?site=demo', '/', { ...headers, 'X-Forwarded-For': '203.0.113.1' });
    assert.equal(secret.text, counted.text);
    assert.deepEqual({ ...secret.headers }, (({ 'thongke-counted': _, ...rest }) => rest)(counted.headers));
    const told = await get(tk, '/pixel.gif?site=demo', '/', { ...headers, 'X-Forwarded-For': '192.0.2.1' });
    assert.equal(told.headers['thongke-counted'], `no; reason=${reason}; client=192.0.2.1`);
  }
  assert.equal(await total(tk), 1);
});

test('without Redis the spool counts, and the box shows what is known', async (t) => {
  const tk = await start(t);
  await tk.hit();
  await tk.redis.stop();
  const box = await get(tk, '/box.html?site=demo&page=/moi');
  assert.equal(box.status, 200);
  assert.deepEqual(rows(box).slice(0, 2), ['Đang online: 1', 'Hôm nay: 1']);
  assert.equal(rows(box)[4], 'Lượt xem: …');
  const stale = async () => {
    const picture = await get(tk, '/box.svg?site=demo');
    return picture.headers['cache-control'] === 'public, max-age=0' && picture;
  };
  assert.match((await waitUntil(stale, { what: 'the picture to be that of the last figures' })).text, /Tất cả: 1</);
  await tk.redis.start();
  const applied = async () => (await tk.metrics()).thongke_unapplied_batches === 0;
  await waitUntil(applied, { what: 'the spool to be replayed' });
  assert.equal(await total(tk), 2);
});

test('where nothing takes the view it is 503: the frame shows «…», the pixel nothing', async (t) => {
  const tk = await start(t, { redis: false, daemon: { spool_dir: '', commit_timeout: 300 } });
  const box = await get(tk, '/box.html?site=demo&page=/&lang=en');
  assert.deepEqual([box.status, box.headers['content-type'], box.headers['retry-after']], [503, 'text/html; charset=utf-8', '15']);
  assert.equal(box.headers['cache-control'], 'no-store');
  assert.deepEqual(rows(box), ['Online now: …', 'Today: …', 'This week: …', 'All time: …', 'Views: …']);
  const pixel = await get(tk, '/pixel.gif?site=demo');
  assert.deepEqual([pixel.status, pixel.body.error], [503, 'unavailable']);
  const picture = await get(tk, '/box.svg?site=demo');
  assert.deepEqual([picture.status, /Đang online: …/.test(picture.text)], [200, true]);
});

const nothing = "default-src 'none'";
const page = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'";

test('every public answer says what it may load, that it is not to be guessed, and who may have it', async (t) => {
  const tk = await start(t);
  const answers = [];
  for (const target of ['/thongke.js', '/counts', '/hit', '/box.html', '/box.svg', '/views.svg', '/pixel.gif', '/nothing']) {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT']) answers.push([`${method} ${target}`, await tk.request(method, target)]);
  }
  answers.push(['a hit', await tk.hit()], ['a refused hit', await tk.hit({ id: 'x' })], ['counts', await tk.counts()]);
  for (const target of ['/box.svg?site=demo', '/views.svg?site=demo&page=/', '/pixel.gif?site=demo']) answers.push([target, await get(tk, target)]);
  answers.push(['304', await tk.counts('site=demo', { headers: { 'If-None-Match': (await tk.counts('site=demo')).headers.etag } })]);
  answers.push(['no HTTP', await dial(t, tk.url).ask('nonsense\r\n\r\n')], ['501', await tk.request('GET', '/../x')]);
  for (const [what, { headers }] of answers) {
    assert.equal(headers['content-security-policy'], nothing, what);
    assert.equal(headers['x-content-type-options'], 'nosniff', what);
    assert.equal(headers['cross-origin-resource-policy'], 'cross-origin', what);
  }
  for (const [target, more] of [
    ['/box.html?site=demo', {}],
    ['/box.html?site=demo&count=0', {}],
    ['/box.html?site=demo', { 'X-Forwarded-For': '192.0.2.1' }],
  ]) {
    const { headers } = await get(tk, target, '/', more);
    assert.equal(headers['content-security-policy'], page, target);
    assert.deepEqual([headers['x-content-type-options'], headers['cross-origin-resource-policy']], ['nosniff', 'cross-origin']);
  }
});

for (const [program, args] of [
  ['lynx', ['-dump', '-nolist', '-display_charset=utf-8', '-assume_charset=utf-8']],
  ['w3m', ['-dump', '-I', 'UTF-8', '-O', 'UTF-8', '-T', 'text/html']],
]) {
  test(`the box in ${program}`, async (t) => {
    const tk = await start(t);
    const box = await get(tk, '/box.html?site=demo&page=/');
    const { stdout } = await run(program, program === 'lynx' ? [...args, '-stdin'] : args, { input: box.text, env: { LC_ALL: 'C.UTF-8' } });
    const lines = stdout.split('\n').map((line) => line.trim()).filter(Boolean);
    assert.deepEqual(lines.map((line) => line.replace(/^[*+•]/, '•')), ['• Đang online: 1', '• Hôm nay: 1', '• Trong tuần: 1', '• Tất cả: 1', 'Lượt xem: 1']);
  });
}
