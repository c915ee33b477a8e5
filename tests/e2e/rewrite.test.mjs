// Each night Redis rewrites its log: what has expired leaves the disk.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { request, start, test, waitUntil } from './harness.mjs';

const daemon = { test_clock: 'yes' };
const setClock = (tk, moment) => request('POST', `${tk.admin}/clock`, { body: String(Date.parse(moment)) });
const claims = async (tk) => (await tk.redis.cmd('KEYS', 'tk:rewritten:*')).sort();
const rewrites = async (tk) => Number(/^aof_rewrites:(\d+)/m.exec(await tk.redis.cmd('INFO', 'persistence'))[1]);
const onDisk = (tk, bytes) =>
  fs.readdirSync(path.join(tk.dir, 'appendonlydir')).some((name) => fs.readFileSync(path.join(tk.dir, 'appendonlydir', name)).includes(bytes));

test('once a night, whichever daemon asks, and then an expired key is gone from the disk', async (t) => {
  const tk = await start(t, { daemon });
  const beside = await start(t, { beside: tk, daemon });
  await waitUntil(async () => (await rewrites(tk)) === 1, { what: 'the rewrite of the first night' });
  const needle = 'a key that has expired';
  await tk.redis.cmd('SET', 'tk:key:20200101', needle, 'PX', 1);
  await waitUntil(async () => (await tk.redis.cmd('EXISTS', 'tk:key:20200101')) === 0, { what: 'the key to expire' });
  assert.ok(onDisk(tk, needle), 'it is found while it is there');
  for (const one of [tk, beside]) await setClock(one, '2031-05-06T01:59:00+07:00');
  await waitUntil(async () => (await rewrites(tk)) === 2, { what: 'the rewrite of the night before' });
  for (const one of [tk, beside]) await setClock(one, '2031-05-06T02:00:01+07:00');
  await waitUntil(async () => (await rewrites(tk)) === 3, { what: 'the rewrite of this night' });
  await waitUntil(() => !onDisk(tk, needle), { what: 'the key to be gone from the disk' });
  assert.deepEqual((await claims(tk)).slice(-2), ['tk:rewritten:20310504', 'tk:rewritten:20310505']);
});

test('not where it is switched off, nor where Redis has no log', async (t) => {
  const off = await start(t, { daemon: { ...daemon, rewrite_log: 'no' } });
  const none = await start(t, { daemon, redis: { appendonly: 'no' } });
  const on = await start(t, { daemon });
  await waitUntil(async () => (await rewrites(on)) === 1, { what: 'the third one to rewrite' });
  for (const tk of [off, none]) {
    await waitUntil(async () => (await tk.metrics()).thongke_redis_up === 1);
    assert.deepEqual([await rewrites(tk), await claims(tk)], [0, []]);
  }
});

test('a user who may not: said once', async (t) => {
  const tk = await start(t, { daemon });
  await waitUntil(async () => (await rewrites(tk)) === 1);
  await tk.redis.cmd('ACL', 'SETUSER', 'default', '-bgrewriteaof');
  await setClock(tk, '2031-05-06T02:00:01+07:00');
  await waitUntil(() => /does not rewrite its append-only file.*NOPERM/.test(tk.log), { what: 'it to be said' });
  assert.equal((await tk.hit()).body.total, 1);
});
