// What a review found: each of these was wrong once, and stays right.
import assert from 'node:assert/strict';
import { request, start, test, token, waitUntil } from './harness.mjs';

const clockOn = { test_clock: 'yes' };
const setClock = (tk, ms) => request('POST', `${tk.admin}/clock`, { body: String(ms) });
const reload = async (tk, daemon, sites) => {
  const before = tk.log.length;
  tk.configure(daemon, sites);
  tk.signal('SIGHUP');
  await waitUntil(() => /reload: done/.test(tk.log.slice(before)), { what: 'the reload' });
};
const hits = async (tk, site = 'demo') => Number(await tk.redis.cmd('HGET', `tk:{${site}}:counts`, 'hits'));
/** How many scripts Redis has run. */
const scripts = async (tk) => Number(/cmdstat_evalsha:calls=(\d+)/.exec(await tk.redis.cmd('INFO', 'commandstats'))?.[1] ?? 0);
/** Resolves when a request has reached the daemon: it answers another one that was sent after it. */
const reached = (tk) => request('GET', `${tk.admin}/livez`);

test('a site taken away and put back counts on', async (t) => {
  const sites = { one: {}, two: {} };
  const tk = await start(t, { sites });
  for (let i = 0; i < 5; i++) await tk.hit({ site: 'two' });
  await reload(tk, {}, { one: {} });
  await reload(tk, {}, sites);
  const reply = await tk.hit({ site: 'two' });
  assert.equal(reply.status, 200);
  assert.equal(await hits(tk, 'two'), 6);
});

test('a heartbeat before the first view of a day knows the week', async (t) => {
  const tk = await start(t, { daemon: clockOn });
  await setClock(tk, Date.parse('2026-11-24T12:00:00+07:00'));
  await tk.hit();
  await setClock(tk, Date.parse('2026-11-25T00:01:00+07:00'));
  const { body } = await tk.hit({ type: 'beat', page: null, id: null });
  assert.deepEqual([body.today, body.yesterday, body.week, body.month, body.year], [0, 1, 1, 1, 1]);
});

test('a retry during a long outage is counted once', async (t) => {
  const tk = await start(t, { daemon: { ...clockOn, spool_dir: '', commit_timeout: 200, dedupe_window: 60, redis_dead: 300 } });
  const from = Date.parse('2026-11-24T12:00:00+07:00');
  await setClock(tk, from);
  await tk.hit();
  await tk.redis.freeze();
  const id = token();
  assert.equal((await tk.hit({ id })).status, 503); // in flight, sealed
  await setClock(tk, from + 30_000);
  assert.equal((await tk.hit({ id })).status, 503); // waits in the open batch
  await setClock(tk, from + 150_000);
  await tk.redis.thaw();
  await waitUntil(async () => (await tk.metrics())['thongke_pending_hits'] === 0, { what: 'all to be applied' });
  assert.equal(await hits(tk), 2);
});

test('leading zeros are damage, not a half applied batch', async (t) => {
  const tk = await start(t, { daemon: { commit_timeout: 500 } });
  await tk.redis.cmd('HSET', 'tk:{demo}:counts', 'hits', '41');
  const today = new Date(Date.now() + 7 * 3600_000).toISOString().slice(0, 10).replaceAll('-', '');
  await tk.redis.cmd('HSET', 'tk:{demo}:counts', today, '007');
  const reply = await tk.hit();
  assert.equal(reply.status, 503);
  assert.equal(await hits(tk), 41, 'nothing was written');
});

test('Redis full after it was emptied: what is lost is lost once', async (t) => {
  const tk = await start(t, { daemon: { commit_timeout: 300 } });
  for (let i = 0; i < 3; i++) await tk.hit();
  await tk.redis.cmd('FLUSHALL');
  await tk.redis.cmd('CONFIG', 'SET', 'maxmemory', '1');
  await tk.hit();
  const tries = async () => Number(/total_connections_received:(\d+)/.exec(await tk.redis.cmd('INFO', 'stats'))[1]);
  const before = await tries();
  await waitUntil(async () => (await tries()) >= before + 2, { what: 'two more tries' });
  await tk.redis.cmd('CONFIG', 'SET', 'maxmemory', '0');
  await waitUntil(async () => (await tk.hit()).status === 200);
  assert.ok((await tk.metrics()).thongke_lost_batches_total <= 3);
});

test('a damaged marker does not stop the site, nor the others', async (t) => {
  const tk = await start(t, { daemon: { commit_timeout: 300 }, sites: { one: {}, two: {} } });
  await tk.hit({ site: 'one' });
  await tk.hit({ site: 'two' });
  const [key] = await tk.redis.cmd('KEYS', 'tk:{one}:writer:*');
  await tk.redis.cmd('SET', key, 'x');
  await tk.hit({ site: 'one' });
  const before = await scripts(tk);
  for (let i = 0; i < 20; i++) assert.equal((await tk.hit({ site: 'one' })).status, 200);
  assert.equal((await scripts(tk)) - before, 20, 'a script a hit, and no more');
});

test('a marker of another type does not break the link for ever', async (t) => {
  const tk = await start(t, { daemon: { commit_timeout: 300 }, sites: { one: {}, two: {} } });
  await tk.hit({ site: 'one' });
  const [key] = await tk.redis.cmd('KEYS', 'tk:{one}:writer:*');
  await tk.redis.cmd('DEL', key);
  await tk.redis.cmd('HSET', key, 'a', 'b');
  await tk.hit({ site: 'one' });
  for (let i = 0; i < 20; i++) assert.equal((await tk.hit({ site: 'one' })).status, 200);
  assert.equal((await tk.metrics()).thongke_redis_reconnects_total, 0);
});

test('Redis emptied: the past is emptied too', async (t) => {
  const tk = await start(t, { daemon: clockOn });
  await setClock(tk, Date.parse('2026-11-25T12:00:00+07:00'));
  await tk.redis.cmd('HSET', 'tk:{demo}:counts', '20261124', '3'); // no batch of this daemon
  assert.equal((await tk.hit()).body.yesterday, 3);
  await tk.redis.cmd('FLUSHALL');
  const { body } = await tk.hit();
  assert.deepEqual([body.yesterday, body.week, body.year], [0, body.today, body.today]);
});

test('a reload of week_start while a reading is on its way', async (t) => {
  const tk = await start(t, { daemon: clockOn, sites: { demo: { hosts: 'demo.test' } } });
  await setClock(tk, Date.parse('2026-11-22T12:00:00+07:00')); // Sunday
  await tk.hit();
  await setClock(tk, Date.parse('2026-11-24T12:00:00+07:00')); // Tuesday
  await tk.redis.cmd('HSET', 'tk:{demo}:counts', 'newest', '20261124');
  await tk.redis.freeze();
  const asked = tk.counts({ site: 'demo', page: '/' });
  await reached(tk);
  await reload(tk, clockOn, { demo: { hosts: 'demo.test', week_start: 'sunday' } });
  await tk.redis.thaw();
  await asked;
  const { body } = await tk.hit();
  assert.deepEqual([body.today, body.week], [1, 2]);
});

test('scripts forgotten: counts are read all the same', async (t) => {
  const tk = await start(t);
  await tk.redis.cmd('SCRIPT', 'FLUSH');
  const fresh = async () => (await tk.counts({ site: 'demo', page: '/' })).body.stale === undefined;
  await waitUntil(fresh, { timeout: 3_000, what: 'the scripts to be loaded again' });
});

test('who is refused for pending_max is counted as failed', async (t) => {
  const tk = await start(t, { daemon: { spool_dir: '', pending_max: 1, commit_timeout: 200 } });
  await tk.hit();
  await tk.redis.freeze();
  for (let i = 0; i < 3; i++) assert.equal((await tk.hit()).status, 503);
  await tk.redis.thaw();
  await tk.expectMetric('thongke_failed_total', 3);
});

test('each hit waits commit_timeout', async (t) => {
  const tk = await start(t, { daemon: { spool_dir: '', commit_timeout: 1000 }, redis: false });
  const began = Date.now();
  const first = tk.hit();
  await waitUntil(() => Date.now() - began > 800, { what: 'most of the time to be over' });
  const since = Date.now();
  assert.equal((await tk.hit()).status, 503);
  const waited = Date.now() - since;
  await first;
  assert.ok(waited > 900, `it waited ${waited} ms`);
});

test('online_window longer than half an hour', async (t) => {
  const tk = await start(t, { daemon: { ...clockOn, online_window: '3600' } });
  const from = Date.parse('2026-11-24T12:00:00+07:00');
  await setClock(tk, from);
  await tk.hit({ visitor: token() });
  await setClock(tk, from + 40 * 60_000);
  assert.equal((await tk.hit({ visitor: token() })).body.online, 2);
});

test('after midnight without Redis, today is not yesterday\'s', async (t) => {
  const tk = await start(t, { daemon: { ...clockOn, commit_timeout: 200 } });
  await setClock(tk, Date.parse('2026-11-24T23:59:00+07:00'));
  for (let i = 0; i < 3; i++) await tk.hit();
  await tk.redis.kill();
  await setClock(tk, Date.parse('2026-11-25T08:00:00+07:00'));
  const stale = await waitUntil(async () => {
    const { body } = await tk.counts({ site: 'demo', page: '/' });
    return body.stale && body;
  });
  assert.notEqual(stale.today, 3);
});

test('two readings of two days on their way at once', async (t) => {
  const tk = await start(t, { daemon: { ...clockOn, redis_dead: 5000 } });
  const [D0, D, D1] = ['2026-11-23T12:00:00+07:00', '2026-11-24T12:00:00+07:00', '2026-11-25T12:00:00+07:00'];
  await setClock(tk, Date.parse(D0));
  for (let i = 0; i < 4; i++) await tk.hit();
  await setClock(tk, Date.parse(D));
  for (let i = 0; i < 2; i++) await tk.hit();
  await setClock(tk, Date.parse(D1));
  await tk.hit();
  await tk.redis.freeze();
  await setClock(tk, Date.parse(D));
  const one = tk.counts({ site: 'demo', page: '/' });
  await reached(tk);
  await setClock(tk, Date.parse(D1));
  const two = tk.counts({ site: 'demo', page: '/' });
  await reached(tk);
  await tk.redis.thaw();
  await one;
  const { body } = await two;
  assert.deepEqual([body.today, body.yesterday, body.week], [1, 2, 7]);
});

test('an emptied Redis is given the day keys again', async (t) => {
  const tk = await start(t, { redis: { appendonly: 'no' } });
  await tk.hit({ visitor: '01' });
  await tk.redis.kill();
  await tk.redis.start();
  await waitUntil(async () => (await tk.hit({ visitor: '01' })).status === 200);
  await waitUntil(async () => (await tk.redis.cmd('KEYS', 'tk:key:*')).length > 0, { what: 'the day keys' });
  const other = await start(t, { beside: tk });
  assert.equal((await other.hit({ visitor: '01' })).body.online, 1);
});
