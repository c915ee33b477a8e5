// The rows of the table «What may be lost» that no other fault shows: what each kind of Redis may lose, and no more.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { logFile, start, tempDir, test, waitUntil } from '../e2e/harness.mjs';
import { connect, redisServer } from '../e2e/redis.mjs';
import { appendFile, growth, mend } from './aof.mjs';
import { proxy } from './proxy.mjs';

const pagesOf = (redis) => redis.cmd('HKEYS', 'tk:{demo}:pages');
const lost = async (tk) => (await tk.metrics()).thongke_lost_batches_total;

/** n hits one after the other, each acknowledged; answers { page, at }. */
async function hits(tk, n, name = 'h') {
  const done = [];
  for (let i = 0; i < n; i++) {
    const page = `/${name}/${i}`;
    assert.equal((await tk.hit({ page })).status, 200);
    done.push({ page, at: performance.now() });
  }
  return done;
}

test('everysec, and both die with the tail cut: only hits of the last 2 s are lost', async (t) => {
  const tk = await start(t, { redis: { appendfsync: 'everysec' }, daemon: { rewrite_log: 'no' } });
  const watch = growth(tk.dir);
  t.after(watch.end);
  const all = [];
  const until = performance.now() + 4_000;
  while (performance.now() < until) all.push(...(await hits(tk, 5, `${all.length}`)));
  const instant = performance.now();
  await Promise.all([tk.redis.kill(), tk.kill()]);
  fs.truncateSync(appendFile(tk.dir), watch.ago(2_000));
  await mend(tk.dir);
  await tk.redis.start();
  await tk.start();
  await waitUntil(async () => (await tk.metrics()).thongke_redis_up === 1);
  assert.equal((await tk.hit({ page: '/new' })).body.page.views, 1);
  const stored = new Set(await pagesOf(tk.redis));
  const gone = all.filter(({ page }) => !stored.has(page));
  assert.ok(gone.length > 0, 'the cut has taken something');
  assert.ok(gone.every(({ at }) => at > instant - 2_100), 'all else is there');
  assert.equal((await tk.cli('verify')).code, 0);
});

for (const [what, retention, isLost] of [['within', '60s', false], ['beyond', '0s', true]]) {
  test(`appendonly no, and Redis restarts: what is ${what} retention ${isLost ? 'is lost and said' : 'is put back'}`, async (t) => {
    const tk = await start(t, { redis: { appendonly: 'no' }, daemon: { retention } });
    const all = await hits(tk, 5);
    await tk.redis.kill();
    await tk.redis.start();
    assert.equal((await tk.hit({ page: '/new' })).status, 200);
    await waitUntil(async () => (await pagesOf(tk.redis)).length === (isLost ? 1 : all.length + 1), { what: 'all that is kept to be there' });
    assert.equal(await lost(tk), isLost ? 5 : 0);
    if (isLost) assert.match(tk.log, /5 batches before \d+ are gone/);
  });
}

test('a replica that knows less becomes the master: what is within retention is put back', async (t) => {
  const tk = await start(t, { redis: { appendfsync: 'everysec' } });
  const dir = tempDir();
  const replica = redisServer(dir, { appendfsync: 'everysec' }, logFile(t, 'replica'));
  t.after(replica.stop);
  await replica.start();
  let upstream = tk.redis.socket;
  const gate = await proxy(`${dir}/gate`, () => upstream);
  t.after(() => gate.close());
  const through = await start(t, { beside: tk, daemon: { redis: `unix:${gate.path}` } });
  await hits(through, 5, 'known');
  // As far as replication came: a copy of the master, made before it goes on.
  for (const key of await tk.redis.cmd('KEYS', '*')) await copy(tk.redis, replica, key);
  const late = await hits(through, 4, 'late');
  upstream = replica.socket;
  gate.cutAll();
  await waitUntil(async () => (await pagesOf(replica)).length === 9, { what: 'the replica to have all' });
  assert.ok(late.length === 4 && (await through.metrics()).thongke_returned_batches_total >= 4);
  assert.equal(await lost(through), 0);
});

/** One key as it is, from a Redis to another; DUMP's bytes are no text. */
async function copy(from, to, key) {
  const source = connect(from.socket);
  const target = connect(to.socket);
  const type = await source.cmd('TYPE', key);
  const text = type === 'string' ? await source.cmd('GET', key) : null;
  if (type === 'hash') await target.cmd('HSET', key, ...(await source.cmd('HGETALL', key)));
  else if (type === 'zset') await target.cmd('ZADD', key, ...pairsReversed(await source.cmd('ZRANGE', key, 0, -1, 'WITHSCORES')));
  else if (text !== null && /^\d+$/.test(text)) await target.cmd('SET', key, text);
  source.close();
  target.close();
}

const pairsReversed = (list) => list.flatMap((member, i) => (i % 2 ? [member, list[i - 1]] : []));

test('maxmemory without noeviction: Redis deletes figures, which was warned of, and hits are counted on', async (t) => {
  const tk = await start(t, { redis: { 'maxmemory-policy': 'allkeys-random', maxmemory: '64mb' } });
  await hits(tk, 3);
  await waitUntil(async () => (await tk.metrics())['thongke_redis_risk{risk="eviction"}'] === 1, { what: 'the risk to be told' });
  const before = await tk.redis.cmd('DBSIZE');
  await tk.redis.cmd('CONFIG', 'SET', 'maxmemory', '1');
  await waitUntil(async () => (await tk.redis.cmd('DBSIZE')) < before, { what: 'Redis to delete keys' });
  await tk.redis.cmd('CONFIG', 'SET', 'maxmemory', '64mb');
  assert.equal((await tk.hit({ page: '/after' })).status, 200);
});
