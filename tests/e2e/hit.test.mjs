// POST /tk/hit: what counts, what does not, and what is answered.
import assert from 'node:assert/strict';
import { browserAgent, start, test, token } from './harness.mjs';

const total = (tk, site = 'demo') => tk.redis.cmd('HGET', `tk:{${site}}:counts`, 'hits');
const siteKeys = (tk) => tk.redis.cmd('KEYS', 'tk:{*');

test('a view is counted and answered with all figures', async (t) => {
  const tk = await start(t);
  const { status, headers, body } = await tk.hit({ page: '/tin-tuc/ocop-2023' });
  assert.equal(status, 200);
  assert.deepEqual(body, {
    site: 'demo',
    online: 1,
    today: 1,
    yesterday: 0,
    week: 1,
    month: 1,
    year: 1,
    total: 1,
    page: { path: '/tin-tuc/ocop-2023', views: 1 },
    next: 120,
  });
  assert.match(headers['content-type'], /^application\/json/);
  assert.equal(headers['cache-control'], 'no-store');
  assert.equal(await total(tk), '1');
  assert.equal(await tk.redis.cmd('HGET', 'tk:{demo}:pages', '/tin-tuc/ocop-2023'), '1');
  await tk.expectMetric('thongke_hits_total{site="demo"}', 1);
});

test('a second view by the same visitor is one visitor', async (t) => {
  const tk = await start(t);
  await tk.hit({ page: '/a' });
  const { body } = await tk.hit({ page: '/a' });
  assert.deepEqual([body.total, body.page.views, body.online], [2, 2, 1]);
});

test('another visitor is online too', async (t) => {
  const tk = await start(t);
  await tk.hit({ visitor: 'a1' });
  const { body } = await tk.hit({ visitor: 'b2' });
  assert.deepEqual([body.total, body.online], [2, 2]);
});

test('a hit sent again with the same id is counted once', async (t) => {
  const tk = await start(t);
  const id = token();
  await tk.hit({ id });
  const { status, body } = await tk.hit({ id });
  assert.deepEqual([status, body.total, body.page.views], [200, 1, 1]);
  assert.equal(await total(tk), '1');
});

test('a beat keeps the visitor online and counts nothing', async (t) => {
  const tk = await start(t);
  const { status, body } = await tk.hit({ type: 'beat', page: null, id: null });
  assert.deepEqual([status, body.online, body.total, body.page], [200, 1, 0, undefined]);
  await tk.expectMetric('thongke_beats_total{site="demo"}', 1);
  await tk.expectMetric('thongke_hits_total{site="demo"}', 0);
});

test('without a token the address and the browser stand in for it', async (t) => {
  const tk = await start(t);
  const from = (address, agent = browserAgent) =>
    tk.hit({ visitor: null, headers: { 'X-Forwarded-For': address, 'User-Agent': agent } });
  assert.equal((await from('203.0.113.1')).body.online, 1);
  assert.equal((await from('203.0.113.1')).body.online, 1);
  assert.equal((await from('203.0.113.2')).body.online, 2);
  assert.equal((await from('203.0.113.2', `${browserAgent} Edg/126.0`)).body.online, 3);
  assert.equal((await from('198.51.100.9, 203.0.113.2')).body.online, 3, 'only the right-most hop is believed');
  assert.equal((await from('2001:db8:1:2::3')).body.online, 4);
  assert.equal((await from('2001:db8:1:2:ffff::4')).body.online, 4, 'one IPv6 network is one visitor');
});

test('who asks not to be tracked has no token', async (t) => {
  const tk = await start(t);
  for (const header of ['DNT', 'Sec-GPC']) {
    for (const visitor of ['a1', 'b2']) {
      const { body } = await tk.hit({ visitor, headers: { [header]: '1', 'X-Forwarded-For': '203.0.113.1' } });
      assert.equal(body.online, 1);
    }
  }
});

test('one page has one name however its address was written', async (t) => {
  const tk = await start(t, { sites: { demo: { page_query: 'ItemID' } } });
  const written = ['/tin//b%C3%A0i/index.html?utm_source=x&ItemID=5#top', '/tin/bài/?ItemID=5', '/tin/b%c3%a0i?ItemID=5&fbclid=y'];
  for (const [i, page] of written.entries()) {
    assert.deepEqual((await tk.hit({ page })).body.page, { path: '/tin/bài?ItemID=5', views: i + 1 });
  }
});

test('sites are counted apart', async (t) => {
  const tk = await start(t, { sites: { one: {}, two: { hosts: 'two.test *.two.test' } } });
  await tk.hit({ site: 'one' });
  await tk.hit({ site: 'one' });
  const { body } = await tk.hit({ site: 'two', headers: { Origin: 'https://www.two.test:8443' } });
  assert.deepEqual([body.site, body.total], ['two', 1]);
  assert.equal(await total(tk, 'one'), '2');
});

test('an unknown site is 404 and leaves nothing in Redis', async (t) => {
  const tk = await start(t);
  const { status, body } = await tk.hit({ site: 'unknown' });
  assert.equal(status, 404);
  assert.equal(body.error, 'unknown_site');
  assert.equal(typeof body.message, 'string');
  assert.deepEqual(await siteKeys(tk), []);
  await tk.expectMetric('thongke_refused_total{reason="unknown_site"}', 1);
});

for (const [what, headers] of Object.entries({
  Origin: { Origin: 'http://evil.test' },
  'Referer, where there is no Origin': { Origin: '', Referer: 'http://evil.test/page' },
  'Origin, whatever the Referer': { Origin: 'http://evil.test', Referer: 'http://demo.test/' },
})) {
  test(`a page of another host is refused by its ${what}`, async (t) => {
    const tk = await start(t);
    const { status, body } = await tk.hit({ headers });
    assert.deepEqual([status, body.error], [403, 'host_not_allowed']);
    assert.deepEqual(await siteKeys(tk), []);
    await tk.expectMetric('thongke_refused_total{reason="host_not_allowed"}', 1);
  });
}

test('a site may insist on an Origin or a Referer', async (t) => {
  const tk = await start(t, { sites: { strict: { require_origin: 'yes' }, demo: {} } });
  const hit = (headers, site = 'strict') => tk.hit({ site, headers: { Origin: '', Referer: '', ...headers } });
  for (const headers of [{}, { Origin: 'null' }, { Origin: 'file://' }]) {
    const { status, body } = await hit(headers);
    assert.deepEqual([status, body.error], [403, 'origin_missing'], JSON.stringify(headers));
    assert.equal((await hit(headers, 'demo')).status, 200);
  }
  assert.equal((await hit({ Origin: 'http://evil.test' })).body.error, 'host_not_allowed');
  assert.equal((await hit({ Origin: 'null', Referer: 'http://evil.test/' })).body.error, 'host_not_allowed');
  assert.equal((await hit({ Origin: 'null', Referer: 'http://evil.test/' }, 'demo')).body.error, 'host_not_allowed');
  for (const headers of [{ Origin: 'http://strict.test' }, { Referer: 'http://strict.test/a' }, { Origin: 'null', Referer: 'http://strict.test/a' }]) {
    assert.equal((await hit(headers)).status, 200, JSON.stringify(headers));
  }
  assert.deepEqual([await total(tk, 'strict'), await total(tk)], ['3', '3']);
  await tk.expectMetric('thongke_refused_total{reason="origin_missing"}', 3);
});

test('a host with Vietnamese letters is the one that browsers send', async (t) => {
  const tk = await start(t, { sites: { school: { hosts: 'TrườngHọc.vn *.xã.vn' } } });
  const from = async (Origin) => (await tk.hit({ site: 'school', headers: { Origin } })).status;
  assert.equal(await from(`https://${new URL('https://trườnghọc.vn').host}`), 200);
  assert.equal(await from(`https://www.${new URL('https://trườnghọc.vn').host}:8443`), 200);
  assert.equal(await from(`https://${new URL('https://mỹlộc.xã.vn').host}`), 200);
  assert.equal(await from('https://truonghoc.vn'), 403);
});

test('a page may be told by its whole URL, if it is one of the site', async (t) => {
  const tk = await start(t);
  const { body } = await tk.hit({ page: 'https://www.demo.test/tin//1/?utm_source=zalo#top' });
  assert.deepEqual(body.page, { path: '/tin/1', views: 1 });
  const elsewhere = await tk.hit({ page: 'https://evil.test/tin/1' });
  assert.deepEqual([elsewhere.status, elsewhere.body.error], [400, 'bad_page']);
});

for (const [error, fields] of Object.entries({
  site_missing: { site: null },
  bad_page: { page: 'no-slash' },
  bad_id: { id: 'xyz' },
  bad_visitor: { visitor: '0123456789abcdef0' },
  bad_type: { type: 'click' },
})) {
  test(`${JSON.stringify(fields)} is 400 ${error}`, async (t) => {
    const tk = await start(t);
    const { status, body } = await tk.hit(fields);
    assert.deepEqual([status, body.error], [400, error]);
    assert.deepEqual(await siteKeys(tk), []);
  });
}

test('a broken body is 400', async (t) => {
  const tk = await start(t);
  for (const body of ['site=demo&page=/%zz', 'site=demo&page=/%00', 'site=demo&page=/%ff', 'site=demo&page=/&page=/b']) {
    const reply = await tk.request('POST', '/hit', { body });
    assert.deepEqual([body, reply.status, reply.body.error], [body, 400, 'bad_request']);
  }
  assert.deepEqual(await siteKeys(tk), []);
});

test('GET and HEAD of /hit are 405 and count nothing', async (t) => {
  const tk = await start(t);
  for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
    const { status, headers } = await tk.request(method, '/hit?site=demo&page=/');
    assert.deepEqual([method, status], [method, 405]);
    assert.match(headers.allow, /POST/);
  }
  assert.deepEqual(await siteKeys(tk), []);
});

test('what is too long is refused by its name', async (t) => {
  const tk = await start(t, { daemon: { body_max: 1024, url_max: 1024, header_max: 4096 } });
  const long = 'x'.repeat(5000);
  assert.equal((await tk.request('POST', '/hit', { body: `site=demo&page=/${long}` })).status, 413);
  assert.equal((await tk.request('GET', `/counts?site=demo&page=/${long.slice(0, 2000)}`)).status, 414);
  assert.equal((await tk.request('GET', '/counts?site=demo', { headers: { Cookie: long } })).status, 431);
});
