// While Redis does not take hits they lie in the spool: acknowledged with the
// figures last known, counted when it is back, by whoever lives then.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { request, run, start, test, thongked, token, waitUntil } from './harness.mjs';
import { load } from './load.mjs';

const counted = async (tk, site = 'demo') => Number(await tk.redis.cmd('HGET', `tk:{${site}}:counts`, 'hits'));
const spoolDir = (tk) => path.join(tk.dir, 'spool');
const writers = (tk) => fs.readdirSync(spoolDir(tk)).filter((name) => /^[0-9a-f]{32}$/.test(name));
const applied = (tk) => waitUntil(async () => {
  const metrics = await tk.metrics();
  return metrics.thongke_redis_up === 1 && metrics.thongke_unapplied_batches === 0 && metrics.thongke_pending_hits === 0;
}, { what: 'all to be applied' });
const views = async (tk, page) => Number(await tk.redis.cmd('HGET', 'tk:{demo}:pages', page));

for (const [how, away, back] of [
  ['stopped', (redis) => redis.stop(), (redis) => redis.start()],
  ['killed', (redis) => redis.kill(), (redis) => redis.start()],
  ['frozen', (redis) => redis.freeze(), (redis) => redis.thaw()],
  ['full', (redis) => redis.cmd('CONFIG', 'SET', 'maxmemory', '1'), (redis) => redis.cmd('CONFIG', 'SET', 'maxmemory', '0')],
]) {
  test(`Redis ${how}: hits are acknowledged with the last figures, and counted once when it is back`, async (t) => {
    const tk = await start(t, { daemon: { redis_dead: 1000 } });
    for (let i = 0; i < 3; i++) await tk.hit();
    await away(tk.redis);
    const id = token();
    for (const page of ['/a', '/b', '/a']) {
      const { status, body } = await tk.hit({ page, id: page === '/b' ? id : token() });
      assert.deepEqual([status, body.stale, body.total, body.today, body.page.views], [200, true, 3, 3, null]);
      assert.equal(body.next, 30, 'it is worth asking sooner');
    }
    const metrics = await tk.metrics();
    assert.deepEqual([metrics.thongke_spooled_hits_total, metrics.thongke_failed_total], [3, 0]);
    assert.equal((await request('GET', `${tk.admin}/readyz`)).status, 200);
    await back(tk.redis);
    await applied(tk);
    assert.equal((await tk.hit({ page: '/b', id })).body.total, 6); // a retry of one that was kept
    assert.deepEqual([await counted(tk), await views(tk, '/a'), await views(tk, '/b')], [6, 2, 1]);
    assert.match(tk.log, /Redis does not take hits, so they are kept here/);
    await waitUntil(() => /all hits that were kept here are counted/.test(tk.log), { what: 'that to be said' });
  });
}

test('one log line a change of state, however many hits', async (t) => {
  const tk = await start(t, { sites: { one: {}, two: {} } });
  for (let round = 1; round <= 2; round++) {
    await tk.redis.kill();
    for (let i = 0; i < 50; i++) await tk.hit({ site: i % 2 ? 'one' : 'two' });
    await tk.redis.start();
    await applied(tk);
    await waitUntil(() => tk.log.match(/kept here are counted/g)?.length >= round, { what: 'that to be said' }); // its log may come later
    assert.equal(tk.log.match(/hits, so they are kept here/g).length, round);
    assert.equal(tk.log.match(/kept here are counted/g).length, round);
  }
  assert.deepEqual([await counted(tk, 'one'), await counted(tk, 'two')], [50, 50]);
});

test('heartbeats during an outage are answered stale and dropped', async (t) => {
  const tk = await start(t);
  await tk.hit();
  await tk.redis.kill();
  const { status, body } = await tk.hit({ type: 'beat', page: null, id: null });
  assert.deepEqual([status, body.stale, body.total], [200, true, 1]);
  await tk.redis.start();
  await applied(tk);
  assert.equal((await tk.metrics())['thongke_beats_total{site="demo"}'], 0);
});

test('the daemon is killed while Redis is away: its next start counts what it had acknowledged', async (t) => {
  const tk = await start(t);
  await tk.hit();
  await tk.redis.kill();
  for (let i = 0; i < 5; i++) assert.equal((await tk.hit({ page: '/a' })).body.stale, true);
  await tk.kill();
  await tk.start(); // Redis is still away
  assert.equal((await tk.hit({ page: '/b' })).body.total, null);
  await tk.redis.start();
  await waitUntil(async () => (await counted(tk)) === 7, { what: 'all seven' });
  await applied(tk);
  assert.deepEqual([await views(tk, '/a'), await views(tk, '/b')], [5, 1]);
  assert.match(tk.log, /taken over/);
});

test('a spool is gone when retention has passed too', async (t) => {
  const tk = await start(t, { daemon: { retention: 1 } });
  await tk.redis.kill();
  for (let i = 0; i < 5; i++) await tk.hit();
  await tk.kill();
  await tk.redis.start();
  await tk.start();
  await waitUntil(async () => (await counted(tk)) === 5);
  await waitUntil(() => writers(tk).length === 0, { what: 'the folder to be removed' });
  await waitUntil(() => /all of it is counted/.test(tk.log), { what: 'that to be said' });
  const [marker] = await tk.redis.cmd('KEYS', 'tk:{demo}:writer:*');
  assert.ok((await tk.redis.cmd('TTL', marker)) <= 86400, 'nobody will ask for the marker any more');
});

test('a daemon beside takes over the spool of one that does not come back', async (t) => {
  const one = await start(t);
  const two = await start(t, { beside: one, daemon: { spool_dir: spoolDir(one) } });
  await one.redis.kill();
  for (let i = 0; i < 5; i++) await one.hit();
  for (let i = 0; i < 5; i++) await two.hit();
  await one.kill();
  await one.redis.start();
  await waitUntil(async () => (await counted(one)) === 10, { what: 'all ten' });
  await applied(two);
});

test('what Redis may still lose is left to the next process', async (t) => {
  const tk = await start(t, { redis: { appendfsync: 'everysec' } });
  const { size } = fs.statSync(appendFile(tk.dir));
  for (let i = 0; i < 5; i++) await tk.hit({ page: `/${i}` });
  await tk.stop();
  await tk.redis.kill();
  fs.truncateSync(appendFile(tk.dir), size);
  await tk.redis.start();
  await tk.start();
  await waitUntil(async () => (await counted(tk)) === 5, { what: 'all to be put back' });
});

function appendFile(dir) {
  const folder = path.join(dir, 'appendonlydir');
  return path.join(folder, fs.readdirSync(folder).find((name) => name.endsWith('.incr.aof')));
}

test('a clean end with nothing to leave shortens the marker', async (t) => {
  const tk = await start(t, { daemon: { retention: 0 } });
  await tk.hit();
  const [marker] = await tk.redis.cmd('KEYS', 'tk:{demo}:writer:*');
  assert.ok((await tk.redis.cmd('TTL', marker)) > 80 * 86400);
  await tk.stop();
  assert.ok((await tk.redis.cmd('TTL', marker)) <= 86400);
  assert.deepEqual(writers(tk), []);
});

test('Redis goes and comes under load: every hit acknowledged is counted, in order, beside new ones', async (t) => {
  const tk = await start(t, { sites: { one: {}, two: {} } });
  const away = async () => {
    await tk.redis.kill();
    await waitUntil(async () => (await tk.metrics()).thongke_spooled_hits_total > 0, { what: 'hits in the spool' });
    await tk.redis.start();
  };
  let turn;
  const done = await load(tk, { hits: 6_000, connections: 32, sites: ['one', 'two'], onAck: (n) => n >= 1_000 && (turn ??= away()) });
  await turn;
  await applied(tk);
  assert.deepEqual(done.statuses, { 200: 6_000 });
  assert.deepEqual([await counted(tk, 'one'), await counted(tk, 'two')], [3_000, 3_000]);
  const metrics = await tk.metrics();
  assert.equal(metrics['thongke_hits_total{site="one"}'] + metrics['thongke_hits_total{site="two"}'] <= 6_000, true);
  assert.equal(metrics.thongke_lost_batches_total, 0);
});

test('kept hits that Redis will never apply are set aside, and the site counts on', async (t) => {
  const tk = await start(t, { sites: { one: {}, two: {} } });
  await tk.hit({ site: 'one' });
  await tk.redis.cmd('HSET', 'tk:{one}:counts', 'hits', 'x');
  await tk.redis.stop();
  for (let i = 0; i < 3; i++) assert.equal((await tk.hit({ site: 'one' })).status, 200);
  await tk.hit({ site: 'two' });
  await tk.redis.start();
  await applied(tk);
  const { thongke_quarantined_batches_total: quarantined, thongke_rejected_hits_total: rejected } = await tk.metrics();
  const aside = fs.readdirSync(path.join(spoolDir(tk), 'quarantine'));
  assert.deepEqual([quarantined, rejected, aside.length], [3, 3, 3]);
  assert.match(aside[0], /^[0-9a-f]{32}\.one\.\d+$/);
  assert.match(tk.log, /is set aside in .*quarantine; once the cause is mended, «thongke spool replay» counts it/);
  await tk.redis.cmd('HSET', 'tk:{one}:counts', 'hits', '1');
  assert.equal((await tk.hit({ site: 'one' })).body.total, 2);
  assert.equal(await counted(tk, 'two'), 1);
});

test('a spool_dir that cannot be used: nothing is started', async (t) => {
  const tk = await start(t);
  fs.writeFileSync(path.join(tk.dir, 'file'), '');
  tk.configure({ spool_dir: path.join(tk.dir, 'file') });
  const { code, stderr } = await run(thongked, ['-c', tk.ini]);
  assert.equal(code, 1);
  assert.match(stderr, /spool_dir .*file cannot be used; make it writable, choose another/);
});

test('a full spool: 503, and 200 again when there is room', async (t) => {
  const tk = await start(t, { daemon: { spool_max: '1m', commit_timeout: 100 } });
  await tk.redis.kill();
  const filled = await load(tk, { hits: 25_000, connections: 32, pages: 25_000 });
  assert.ok(filled.statuses[503] > 0 && filled.statuses[200] > 1_000, JSON.stringify(filled.statuses));
  assert.equal((await request('GET', `${tk.admin}/readyz`)).status, 503);
  assert.match(tk.log, /full; see spool_max/);
  await tk.redis.start();
  await applied(tk);
  assert.ok((await counted(tk)) >= filled.acknowledged);
  assert.equal((await tk.hit()).status, 200);
});

test('a robot among those who came during an outage does not age the spool', async (t) => {
  const tk = await start(t, { daemon: { redis_timeout: '50ms' } });
  assert.equal((await tk.hit()).body.total, 1);
  tk.redis.freeze();
  const robot = { headers: { 'User-Agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' } };
  assert.equal((await tk.hit(robot)).status, 200);
  for (let i = 0; i < 3; i++) assert.equal((await tk.hit({ page: `/${i}` })).body.stale, true);
  await tk.kill();
  tk.redis.thaw();
  await tk.start();
  await waitUntil(async () => (await counted(tk)) === 4, { what: 'all of the spool to be counted' });
  assert.doesNotMatch(tk.log, /older than 80 days/);
});
