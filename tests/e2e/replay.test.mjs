// thongke spool replay: what no daemon takes over is counted on request.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { clock, request, start, test, token, top, waitUntil } from './harness.mjs';
import { proxy } from '../faults/proxy.mjs';

const counted = async (tk) => Number(await tk.redis.cmd('HGET', 'tk:{demo}:counts', 'hits'));
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
  await tk.redis.cmd('HSET', 'tk:{demo}:counts', 'hits', 'x');
  await tk.redis.stop();
  for (let i = 0; i < 3; i++) await tk.hit({ page: `/${i}` });
  await tk.redis.start();
  await waitUntil(async () => (await tk.metrics()).thongke_quarantined_batches_total === 3);
  const inVain = await tk.cli('spool', 'replay', spool(tk));
  assert.equal(inVain.code, 1);
  assert.match(inVain.stderr, /3 batches could not be counted and stay in quarantine/);
  await tk.redis.cmd('HSET', 'tk:{demo}:counts', 'hits', '1');
  const done = await tk.cli('spool', 'replay', spool(tk));
  assert.deepEqual([done.code, done.stdout], [0, '3 hits in 3 batches are in Redis\n'], done.stderr);
  assert.equal(await counted(tk), 4);
  assert.deepEqual(fs.readdirSync(path.join(spool(tk), 'quarantine')), []);
});

/** A batch that the daemon, dead now, has set aside; the marker is before it, as if it had died just then. */
async function setAside(t) {
  const tk = await start(t);
  await tk.hit();
  await tk.redis.cmd('HSET', 'tk:{demo}:counts', 'hits', 'x');
  await tk.redis.stop();
  await tk.hit();
  await tk.redis.start();
  await waitUntil(async () => (await tk.metrics()).thongke_quarantined_batches_total === 1);
  await tk.kill();
  const [marker] = await tk.redis.cmd('KEYS', 'tk:{demo}:writer:*');
  await tk.redis.cmd('SET', marker, 1);
  await tk.redis.cmd('HSET', 'tk:{demo}:counts', 'hits', 1);
  return tk;
}
const quarantine = (tk) => fs.readdirSync(path.join(spool(tk), 'quarantine'));

test('what was set aside and is counted is not counted again with the spool that it came from', async (t) => {
  const tk = await setAside(t);
  const [aside] = quarantine(tk);
  const folder = path.join(spool(tk), writers(tk)[0]);
  fs.renameSync(folder, `${folder}.away`); // another process is about to take it over
  assert.equal((await tk.cli('spool', 'replay', spool(tk))).stdout, '1 hits in 1 batches are in Redis\n');
  assert.deepEqual([await counted(tk), quarantine(tk)], [2, [`${aside}.done`]]);
  fs.renameSync(`${folder}.away`, folder);
  await tk.start();
  await waitUntil(() => /set aside, and is counted by now/.test(tk.log), { what: 'the spool to be taken over' });
  await waitUntil(async () => (await tk.metrics()).thongke_unapplied_batches === 0);
  assert.deepEqual([await counted(tk), quarantine(tk)], [2, [`${aside}.done`]]);
  assert.equal((await tk.cli('spool', 'replay', spool(tk))).code, 0);
  assert.deepEqual([await counted(tk), quarantine(tk)], [2, []], 'the marker is past it');
});

test('a file of quarantine that cannot be renamed is asked for again: its marker lives as long', async (t) => {
  const tk = await setAside(t);
  const [aside] = quarantine(tk);
  const folder = path.join(spool(tk), writers(tk)[0]);
  fs.renameSync(folder, `${folder}.away`);
  fs.mkdirSync(path.join(spool(tk), 'quarantine', `${aside}.done`, 'full'), { recursive: true });
  const known = await tk.redis.cmd('KEYS', 'tk:{demo}:writer:*');
  const { stderr } = await tk.cli('spool', 'replay', spool(tk));
  assert.match(stderr, /is applied, but cannot be renamed to \.done/);
  const [derived] = (await tk.redis.cmd('KEYS', 'tk:{demo}:writer:*')).filter((key) => !known.includes(key));
  assert.ok((await tk.redis.cmd('TTL', derived)) > 80 * 86400);
  fs.rmSync(path.join(spool(tk), 'quarantine', `${aside}.done`), { recursive: true });
  assert.equal((await tk.cli('spool', 'replay', spool(tk))).code, 0);
  assert.deepEqual([await counted(tk), quarantine(tk)], [2, [`${aside}.done`]]);
  assert.ok((await tk.redis.cmd('TTL', derived)) <= 86400);
});

test('a spool that Redis may have forgotten is left alone, unless --yes', async (t) => {
  const tk = await leftBehind(t, { program: `${top}/build/thongked`, env: clock('-100d') });
  await tk.redis.start();
  const young = await start(t, { beside: tk, daemon: { spool_dir: spool(tk) } });
  await waitUntil(() => /older than 80 days/.test(young.log), { what: 'the daemon to say so' });
  assert.equal(await counted(tk), 0);
  const segment = path.join(spool(tk), writers(tk).find((name) => young.log.includes(`spool ${name}:`)), '00000001.spool');
  fs.utimesSync(segment, 1, Date.now() / 1000); // which the next reading changes
  await tk.redis.stop();
  await tk.redis.start();
  await waitUntil(async () => (await young.metrics()).thongke_redis_reconnects_total === 1);
  assert.equal((await young.hit()).body.total, 1);
  assert.equal(fs.statSync(segment).atimeMs, 1000, 'it is not read again');
  const no = await tk.cli('spool', 'replay', spool(tk));
  assert.equal(no.code, 1);
  assert.match(no.stderr, /1 spools are more than 80 days old.*--yes counts them/);
  assert.equal((await tk.cli('--yes', 'spool', 'replay', spool(tk))).code, 0);
  assert.equal(await counted(tk), 6);
});

test('a machine whose clock is 100 days ahead does not take a young spool for an old one', async (t) => {
  const tk = await leftBehind(t, { program: `${top}/build/thongked` });
  await tk.redis.start();
  const ahead = await start(t, { beside: tk, program: `${top}/build/thongked`, env: clock('+100d'), daemon: { spool_dir: spool(tk) } });
  await waitUntil(async () => (await counted(tk)) === 5, { what: 'the spool to be counted' });
  assert.doesNotMatch(ahead.log, /older than 80 days/);
});

test('a batch that goes bad while its spool is replayed is said, and the rest is counted', async (t) => {
  const tk = await leftBehind(t);
  await tk.redis.start();
  const segment = path.join(spool(tk), writers(tk)[0], '00000001.spool');
  const between = await proxy(`${tk.redis.socket}.between`, () => tk.redis.socket, ([command, key]) => {
    if (/^get$/i.test(command) && /:writer:/.test(key)) { // the spool is surveyed, and not read yet
      const bytes = fs.readFileSync(segment);
      bytes[bytes.length - 1] ^= 1;
      fs.writeFileSync(segment, bytes);
    }
  });
  t.after(() => between.close());
  tk.configure({ redis: `unix:${between.path}` });
  const { code, stdout, stderr } = await tk.cli('spool', 'replay', spool(tk));
  assert.deepEqual([code, stdout], [1, '4 hits in 4 batches are in Redis\n']);
  assert.match(stderr, /batch 5 of writer [0-9a-f]+ with 1 hits is damaged, and lost/);
  assert.match(stderr, /1 batches could not be counted/);
  assert.deepEqual([await counted(tk), writers(tk).length], [4, 1], 'what is bad stays for who wants to look at it');
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
