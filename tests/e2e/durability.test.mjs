// Acknowledged means counted, exactly once: whoever goes away, and comes back.
import assert from 'node:assert/strict';
import { start, test, token, waitUntil } from './harness.mjs';
import { load } from './load.mjs';

const counted = async (tk, site = 'demo') => Number(await tk.redis.cmd('HGET', `tk:{${site}}:counts`, 'hits'));
const patience = { commit_timeout: 500, spool_dir: '' }; // what the spool does is in spool.test.mjs

// The hit's answer once it is a 200, sent again with its id as the widget does.
const acknowledged = (tk, hit) =>
  waitUntil(
    async () => {
      const reply = await tk.hit(hit);
      return reply.status === 200 && reply;
    },
    { what: 'the hit to be acknowledged' },
  );

async function refuses(tk, hit) {
  const since = Date.now();
  const { status, headers, body } = await tk.hit(hit);
  assert.deepEqual([status, body.error], [503, 'unavailable']);
  assert.ok(Number(headers['retry-after']) > 0);
  assert.ok(Date.now() - since < 3_000, `answered after ${Date.now() - since} ms`);
}

for (const [how, away, back] of [
  ['stopped', (redis) => redis.stop(), (redis) => redis.start()],
  ['killed', (redis) => redis.kill(), (redis) => redis.start()],
  ['frozen', (redis) => redis.freeze(), (redis) => redis.thaw()],
]) {
  test(`Redis ${how}, and no spool: 503 in time, and each hit counted once when it is back`, async (t) => {
    const tk = await start(t, { daemon: patience });
    for (let i = 0; i < 3; i++) await tk.hit();
    const unanswered = [{ id: token() }, { id: token() }];
    await away(tk.redis);
    for (const hit of unanswered) await refuses(tk, hit);
    await back(tk.redis);
    for (const hit of unanswered) await acknowledged(tk, hit);
    assert.equal((await tk.hit()).body.total, 6);
    assert.equal(await counted(tk), 6);
  });
}

test('the daemon starts without Redis or a spool and counts when Redis comes', async (t) => {
  const tk = await start(t, { daemon: patience, redis: false });
  const hit = { id: token() };
  await refuses(tk, hit);
  await tk.redis.start();
  assert.equal((await acknowledged(tk, hit)).body.total, 1);
  assert.equal(await counted(tk), 1);
});

test('Redis full, and no spool: 503, and counted once when there is room again', async (t) => {
  const tk = await start(t, { daemon: patience });
  await tk.hit();
  await tk.redis.cmd('CONFIG', 'SET', 'maxmemory', '1');
  const hit = { id: token() };
  await refuses(tk, hit);
  await tk.redis.cmd('CONFIG', 'SET', 'maxmemory', '0');
  await acknowledged(tk, hit);
  assert.equal(await counted(tk), 2);
});

test('Redis forgets the scripts: nobody notices', async (t) => {
  const tk = await start(t, { daemon: patience });
  await tk.hit();
  await tk.redis.cmd('SCRIPT', 'FLUSH');
  assert.equal((await tk.hit()).body.total, 2);
  assert.equal((await tk.counts({ site: 'demo', page: '/' })).body.page.views, 2);
});

test('damaged data of one site: 503 there, the others count on', async (t) => {
  const tk = await start(t, { daemon: patience, sites: { one: {}, two: {} } });
  await tk.redis.cmd('SET', 'tk:{one}:counts', 'not a hash');
  await refuses(tk, { site: 'one' });
  assert.equal((await tk.hit({ site: 'two' })).body.total, 1);
  await tk.redis.cmd('DEL', 'tk:{one}:counts');
  assert.equal((await tk.hit({ site: 'one' })).body.total, 1);
});

test('a restart of both loses nothing', async (t) => {
  const tk = await start(t);
  for (let i = 0; i < 5; i++) await tk.hit({ page: '/a' });
  await tk.stop();
  await tk.redis.stop();
  await tk.redis.start();
  await tk.start();
  const { body } = await tk.hit({ page: '/a' });
  assert.deepEqual([body.total, body.today, body.page.views, body.online], [6, 6, 6, 1]);
});

test('SIGTERM under load: everybody is answered, and what is acknowledged is counted', async (t) => {
  const tk = await start(t);
  let ending;
  const done = await load(tk, { hits: 20_000, connections: 32, onAck: (n) => n >= 500 && (ending ??= tk.stop()) });
  await ending;
  assert.ok(done.acknowledged >= 500 && done.acknowledged < 20_000);
  assert.equal(await counted(tk), done.acknowledged);
});

test('kill -9 of the daemon under load: acknowledged <= counted <= sent', async (t) => {
  const tk = await start(t);
  let ending;
  const done = await load(tk, { hits: 20_000, connections: 32, onAck: (n) => n >= 500 && (ending ??= tk.kill()) });
  await ending;
  const n = await counted(tk);
  assert.ok(done.acknowledged >= 500 && done.acknowledged <= n && n <= done.sent, `${done.acknowledged} <= ${n} <= ${done.sent}`);
});

test('kill -9 of the daemon under load, hits sent again: each counted once', async (t) => {
  const tk = await start(t);
  const again = async () => {
    await tk.kill();
    await tk.start();
  };
  const kills = [300, 900, 1_500];
  let turn = Promise.resolve();
  const onAck = (n) => n >= kills[0] && kills.shift() && (turn = turn.then(again));
  const done = await load(tk, { hits: 2_000, connections: 32, sites: ['demo'], retry: true, onAck });
  await turn;
  assert.equal(done.acknowledged, 2_000);
  assert.equal(await counted(tk), 2_000);
});

test('kill -9 of Redis under load, hits sent again: each counted once', async (t) => {
  const tk = await start(t, { daemon: patience });
  const again = async () => {
    await tk.redis.kill();
    await tk.redis.start();
  };
  const kills = [300, 900, 1_500];
  let turn = Promise.resolve();
  const onAck = (n) => n >= kills[0] && kills.shift() && (turn = turn.then(again));
  const done = await load(tk, { hits: 2_000, connections: 32, retry: true, onAck });
  await turn;
  assert.equal(done.acknowledged, 2_000);
  assert.equal(await counted(tk), 2_000);
});
