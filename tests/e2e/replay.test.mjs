// thongke spool replay: what no daemon takes over is counted on request.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { clock, request, start, test, token, top, waitUntil } from './harness.mjs';

const counted = async (tk) => Number(await tk.redis.cmd('HGET', 'tk:{demo}:totals', 'hits'));
const spool = (tk) => path.join(tk.dir, 'spool');
const writers = (tk) => fs.readdirSync(spool(tk)).filter((name) => /^[0-9a-f]{32}$/.test(name));

/** A daemon that has died with hits in its spool. */
async function leftBehind(t, options = {}) {
  const tk = await start(t, { redis: false, ...options });
  for (let i = 0; i < 5; i++) assert.equal((await tk.hit({ page: `/${i}` })).body.stale, true);
  await tk.kill();
  return tk;
}

test('the spool of a daemon that never comes back is counted, once', async (t) => {
  const tk = await leftBehind(t);
  await tk.redis.start();
  const done = await tk.cli('spool', 'replay', spool(tk));
  assert.deepEqual([done.code, done.stdout], [0, '5 hits in 5 batches are in Redis\n'], done.stderr);
  assert.equal(await counted(tk), 5);
  assert.deepEqual(writers(tk), []);
  const again = await tk.cli('--lang', 'vi', 'spool', 'replay', spool(tk));
  assert.deepEqual([again.code, again.stdout], [0, 'không có gì để đếm lại: spool của thongked đang chạy là việc của nó\n']);
  assert.equal(await counted(tk), 5);
});

test('what was set aside is counted once the cause is mended', async (t) => {
  const tk = await start(t);
  await tk.hit();
  await tk.redis.cmd('HSET', 'tk:{demo}:totals', 'hits', 'x');
  await tk.redis.stop();
  for (let i = 0; i < 3; i++) await tk.hit({ page: `/${i}` });
  await tk.redis.start();
  await waitUntil(async () => (await tk.metrics()).thongke_quarantined_batches_total === 3);
  const inVain = await tk.cli('spool', 'replay', spool(tk));
  assert.equal(inVain.code, 1);
  assert.match(inVain.stderr, /3 batches could not be counted and stay in quarantine/);
  await tk.redis.cmd('HSET', 'tk:{demo}:totals', 'hits', '1');
  const done = await tk.cli('spool', 'replay', spool(tk));
  assert.deepEqual([done.code, done.stdout], [0, '3 hits in 3 batches are in Redis\n'], done.stderr);
  assert.equal(await counted(tk), 4);
  assert.deepEqual(fs.readdirSync(path.join(spool(tk), 'quarantine')), []);
});

test('a spool that Redis may have forgotten is left alone, unless --yes', async (t) => {
  const tk = await leftBehind(t, { program: `${top}/build/thongked`, env: clock('-100d') });
  await tk.redis.start();
  const young = await start(t, { beside: tk, daemon: { spool_dir: spool(tk) } });
  await waitUntil(() => /older than 80 days/.test(young.log), { what: 'the daemon to say so' });
  assert.equal(await counted(tk), 0);
  const no = await tk.cli('spool', 'replay', spool(tk));
  assert.equal(no.code, 1);
  assert.match(no.stderr, /1 spools are more than 80 days old.*--yes counts them/);
  assert.equal((await tk.cli('--yes', 'spool', 'replay', spool(tk))).code, 0);
  assert.equal(await counted(tk), 5);
});

test('without Redis nothing is changed', async (t) => {
  const tk = await leftBehind(t);
  const { code, stderr } = await tk.cli('spool', 'replay', spool(tk));
  assert.equal(code, 1);
  assert.match(stderr, /Redis was not reached within 10 s; nothing was counted/);
  assert.equal(writers(tk).length, 1);
});

test('called wrongly', async (t) => {
  const tk = await start(t);
  assert.equal((await tk.cli('spool', 'replay')).code, 2);
  const { code, stderr } = await tk.cli('spool', 'replay', path.join(tk.dir, 'nowhere'));
  assert.equal(code, 1);
  assert.match(stderr, /nowhere: No such file or directory/);
});

// The first try lies in the spool of a daemon that died, the second was counted by another, and lies in the next
// window of ids.
test('a retry that is applied before its first try is one hit', async (t) => {
  const setClock = (tk, ms) => request('POST', `${tk.admin}/clock`, { body: String(ms) });
  const end = Math.floor(Date.now() / 900_000) * 900_000 + 899_000;
  const id = token();
  const tk = await start(t, { redis: false, daemon: { test_clock: 'yes' } });
  await setClock(tk, end);
  assert.equal((await tk.hit({ id })).body.stale, true);
  await tk.kill();
  await tk.redis.start();
  const other = await start(t, { beside: tk, daemon: { test_clock: 'yes' } });
  await setClock(other, end + 5_000);
  assert.equal((await other.hit({ id })).body.total, 1);
  assert.equal((await tk.cli('spool', 'replay', spool(tk))).code, 0);
  assert.equal(await counted(tk), 1);
});
