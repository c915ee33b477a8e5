// GET /tk/counts: the figures, without counting.
import assert from 'node:assert/strict';
import { start, test, waitUntil } from './harness.mjs';

test('counts are those of the last hit', async (t) => {
  const tk = await start(t);
  const hit = await tk.hit({ page: '/a' });
  const counts = await tk.counts({ site: 'demo', page: '/a' });
  assert.equal(counts.status, 200);
  assert.deepEqual(counts.body, hit.body);
  delete hit.body.page;
  assert.deepEqual((await tk.counts()).body, hit.body);
});

test('several pages are listed in the order asked', async (t) => {
  const tk = await start(t);
  for (const page of ['/a', '/b', '/b', '/c']) await tk.hit({ page });
  const { body } = await tk.counts({ site: 'demo', page: ['/c', '/b', '/none', '/a'] });
  assert.equal(body.page, undefined);
  assert.deepEqual(body.pages, [
    { path: '/c', views: 1 },
    { path: '/b', views: 2 },
    { path: '/none', views: 0 },
    { path: '/a', views: 1 },
  ]);
});

test('asking counts nothing, by GET or HEAD', async (t) => {
  const tk = await start(t);
  await tk.hit();
  const get = await tk.counts();
  const head = await tk.request('HEAD', '/counts?site=demo');
  assert.deepEqual([head.status, head.text, head.headers['content-length']], [200, '', get.headers['content-length']]);
  assert.equal(await tk.redis.cmd('HGET', 'tk:{demo}:counts', 'hits'), '1');
  assert.equal(await tk.redis.cmd('ZCARD', 'tk:{demo}:online'), 1);
});

test('a site without a hit has zeros, and gets no key by being asked', async (t) => {
  const tk = await start(t);
  const { body } = await tk.counts();
  assert.deepEqual([body.online, body.today, body.yesterday, body.week, body.total], [0, 0, 0, 0, 0]);
  assert.deepEqual(await tk.redis.cmd('KEYS', 'tk:{*'), []);
});

test('an unknown site is 404', async (t) => {
  const tk = await start(t);
  const { status, body } = await tk.counts({ site: 'unknown' });
  assert.deepEqual([status, body.error], [404, 'unknown_site']);
  assert.equal((await tk.counts('')).body.error, 'site_missing');
});

test('unchanged counts are 304 by their ETag', async (t) => {
  const tk = await start(t);
  await tk.hit({ page: '/a' });
  const first = await tk.counts({ site: 'demo', page: '/a' });
  const again = await tk.counts({ site: 'demo', page: '/a' }, { headers: { 'If-None-Match': first.headers.etag } });
  assert.deepEqual([again.status, again.text], [304, '']);
  await tk.hit({ page: '/a' });
  const changed = await tk.counts({ site: 'demo', page: '/a' }, { headers: { 'If-None-Match': first.headers.etag } });
  assert.deepEqual([changed.status, changed.body.page.views], [200, 2]);
});

test('what was counted elsewhere shows within two seconds', async (t) => {
  const tk = await start(t);
  await tk.hit();
  await tk.redis.cmd('HINCRBY', 'tk:{demo}:counts', 'hits', 41);
  await waitUntil(async () => (await tk.counts()).body.total === 42, { timeout: 4_000, what: 'the other hits to show' });
});

test('the opening total is added, and never counted', async (t) => {
  const tk = await start(t);
  await tk.redis.cmd('HSET', 'tk:{demo}:counts', 'opening', 1000000);
  const { body } = await tk.hit();
  assert.deepEqual([body.total, body.today, body.year], [1000001, 1, 1]);
  assert.equal(await tk.redis.cmd('HGET', 'tk:{demo}:counts', 'hits'), '1');
});

test('while Redis is away, what was never known is null and not 0', async (t) => {
  const tk = await start(t, { redis: false });
  const { status, body } = await tk.counts({ site: 'demo', page: '/a' });
  assert.equal(status, 200);
  assert.equal(body.stale, true);
  assert.deepEqual([body.online, body.today, body.total, body.page], [null, null, null, { path: '/a', views: null }]);
});

test('while Redis is away, the last known figures are said to be stale', async (t) => {
  const tk = await start(t);
  await tk.hit();
  await tk.redis.stop();
  const stale = await waitUntil(
    async () => {
      const { body } = await tk.counts({ site: 'demo', page: '/' });
      return body.stale && body;
    },
    { what: 'stale counts' },
  );
  assert.deepEqual([stale.total, stale.today, stale.page.views], [1, 1, null]);
  await tk.redis.start();
  await waitUntil(async () => (await tk.counts({ site: 'demo', page: '/' })).body.page.views === 1, { what: 'fresh counts' });
});
