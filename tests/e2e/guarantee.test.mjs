// What the daemon says of the Redis it is connected to: one line whenever it
// changes, and a metric.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { clock, freePort, logFile, start, tempDir, test, top, waitUntil } from './harness.mjs';
import { redisServer } from './redis.mjs';

const good = /redis unix:\S+: appendonly, appendfsync always: nothing acknowledged is lost by a process or power$/;
const said = /(nothing acknowledged is lost|not checked:|acknowledged hits|evict)/;
const lines = (tk) => tk.log.split('\n').filter((line) => said.test(line));

/** The risks that the metric has, once it has any samples. */
async function risks(tk) {
  const samples = await waitUntil(
    async () => {
      const all = Object.entries(await tk.metrics()).filter(([name]) => name.startsWith('thongke_redis_risk{'));
      return all.length > 0 && all;
    },
    { what: 'the risks to be known' },
  );
  assert.ok(samples.every(([, value]) => value === 0 || value === 1));
  return samples.filter(([, value]) => value === 1).map(([name]) => /risk="(\w+)"/.exec(name)[1]);
}

const becomes = (tk, expected) => waitUntil(async () => `${await risks(tk)}` === expected, { what: `the risks to be «${expected}»` });

/** Do what breaks the link, and wait until it is back. */
async function reconnected(tk, what) {
  const reconnects = async () => (await tk.metrics()).thongke_redis_reconnects_total;
  const before = await reconnects();
  await what();
  await waitUntil(async () => (await reconnects()) > before, { what: 'the link' });
}

/** The link alone: a Redis that restarts forgets what was set at run time. */
const cutLink = (tk) => reconnected(tk, () => tk.redis.cmd('CLIENT', 'KILL', 'TYPE', 'normal'));

const restart = (tk, how) =>
  reconnected(tk, async () => {
    await tk.redis[how]();
    await tk.redis.start();
  });

test('a Redis as it should be: one line of information', async (t) => {
  const tk = await start(t);
  assert.deepEqual(await risks(tk), []);
  assert.equal(lines(tk).length, 1);
  assert.match(lines(tk)[0], good);
  assert.match(lines(tk)[0], /^<6>/);
});

for (const [what, redis, risk, text] of [
  ['appendonly no', { appendonly: 'no' }, 'no_appendonly', /no persistence \(appendonly no\): when Redis restarts, .* older than retention are lost$/],
  ['appendfsync everysec', { appendfsync: 'everysec' }, 'everysec', /everysec: .* last 2 s are lost if .* die together, else put back from retention$/],
  ['appendfsync no', { appendfsync: 'no' }, 'no_fsync', /appendfsync no: .* die together, else put back from retention$/],
  ['no-appendfsync-on-rewrite yes', { 'no-appendfsync-on-rewrite': 'yes' }, 'no_fsync_on_rewrite', /no-appendfsync-on-rewrite yes: /],
  ['allkeys-lru and a limit', { 'maxmemory-policy': 'allkeys-lru', maxmemory: '1gb' }, 'eviction', /not noeviction: Redis can evict counts/],
  ['allkeys-lru without a limit', { 'maxmemory-policy': 'allkeys-lru' }, '', good],
  ['everysec and a limit', { appendfsync: 'everysec', 'maxmemory-policy': 'volatile-lru', maxmemory: '1gb' }, 'everysec,eviction', /everysec: .*; maxmemory-policy /],
]) {
  test(`a Redis with ${what}`, async (t) => {
    const tk = await start(t, { redis });
    assert.equal(`${await risks(tk)}`, risk);
    assert.equal(lines(tk).length, 1);
    assert.match(lines(tk)[0], text);
    assert.equal(lines(tk)[0].startsWith('<4>'), risk !== '');
    assert.equal((await tk.hit()).status, 200);
  });
}

test('a Redis with a replica', async (t) => {
  const port = await freePort();
  const tk = await start(t, { redis: { port } });
  const replica = redisServer(tempDir(), { replicaof: `127.0.0.1 ${port}` }, logFile(t, 'replica'));
  await replica.start();
  t.after(() => replica.kill());
  await waitUntil(async () => /connected_slaves:1/.test(await tk.redis.cmd('INFO', 'replication')), { what: 'the replica' });
  await cutLink(tk);
  await becomes(tk, 'replication');
  assert.match(lines(tk).at(-1), /^<4>.*replicated: .* if the master and this daemon die within the replication lag$/);
});

for (const [commands, expected, text] of [
  ['-info', 'info_not_told', /not checked: Redis does not tell INFO$/],
  ['-config', 'appendfsync_not_told', /not checked: Redis does not tell CONFIG GET appendfsync$/],
  ['-info -config', 'info_not_told,appendfsync_not_told', /not checked: .* INFO; not checked: .* CONFIG GET appendfsync$/],
]) {
  test(`a user with ${commands}: not checked, and counting`, async (t) => {
    const aclfile = `${tempDir()}/users.acl`;
    fs.writeFileSync(aclfile, `user default on nopass ~* &* +@all ${commands}\n`);
    const tk = await start(t, { redis: { aclfile } });
    assert.equal(`${await risks(tk)}`, expected);
    assert.match(lines(tk)[0], text);
    assert.equal((await tk.hit()).body.total, 1);
    assert.equal((await tk.metrics()).thongke_redis_reconnects_total, 0);
  });
}

test('over reconnects it is said again only when it has changed', async (t) => {
  const tk = await start(t);
  await becomes(tk, '');
  await restart(tk, 'stop');
  await restart(tk, 'kill');
  await tk.hit(); // answered after what was asked at connect
  assert.equal(lines(tk).length, 1);
  for (const [value, expected] of [['everysec', 'everysec'], ['everysec', 'everysec'], ['always', ''], ['always', '']]) {
    await tk.redis.cmd('CONFIG', 'SET', 'appendfsync', value);
    await cutLink(tk);
    await becomes(tk, expected);
  }
  await tk.hit();
  assert.equal(lines(tk).length, 3);
  assert.match(lines(tk)[1], /^<4>.*appendfsync everysec: /);
  assert.match(lines(tk)[2], good);
});

test('without a Redis nothing is said of it; its risks are when it comes', async (t) => {
  const tk = await start(t, { redis: false });
  const names = Object.keys(await tk.metrics()).filter((name) => name.startsWith('thongke_redis_risk'));
  assert.deepEqual([names, lines(tk)], [[], []]);
  await tk.redis.start();
  assert.deepEqual(await risks(tk), []);
  assert.equal(lines(tk).length, 1);
});

test('what is set at run time is seen within a minute', async (t) => {
  const patience = { redis_dead: '300s', request_timeout: '600s' };
  const tk = await start(t, { program: `${top}/build/thongked`, env: clock('+0 x60'), daemon: patience });
  await becomes(tk, '');
  await tk.redis.cmd('CONFIG', 'SET', 'appendonly', 'no');
  await becomes(tk, 'no_appendonly');
  assert.equal((await tk.metrics()).thongke_redis_reconnects_total, 0);
  assert.equal(lines(tk).length, 2);
});
