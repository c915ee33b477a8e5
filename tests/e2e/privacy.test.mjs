// No address, User-Agent or token is anywhere but in the daemon's memory: not in Redis's files, the spool or a log,
// through an outage too.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { request, start, test, token, waitUntil } from './harness.mjs';

const agentOf = (n) => `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/12${n}.0.777${n}.12 Safari/537.36`;
const people = Array.from({ length: 40 }, (_, n) => ({
  visitor: n % 4 === 0 ? null : token(),
  agent: agentOf(n),
  address: n % 3 === 0 ? `2001:db8:77:${(n + 16).toString(16)}::${n + 1}` : `198.51.100.${n + 101}`,
}));

/** Every way in which one of them might be written down: as text, as bytes, in either order. */
function needles() {
  const all = [];
  for (const { visitor, agent, address } of people) {
    all.push(Buffer.from(agent), Buffer.from(address));
    if (visitor) all.push(Buffer.from(visitor), Buffer.from(visitor, 'hex'), Buffer.from(visitor, 'hex').reverse());
    all.push(bytesOf(address));
  }
  return all;
}

function bytesOf(address) {
  if (net.isIPv4(address)) return Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, ...address.split('.').map(Number)]);
  const [head, tail] = address.split('::').map((part) => part.split(':'));
  const groups = [...head, ...Array(8 - head.length - tail.length).fill('0'), ...tail];
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function filesBelow(dir) {
  return fs.readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(dir, entry.name);
    return entry.isDirectory() ? filesBelow(name) : entry.isFile() ? [name] : [];
  });
}

const found = (files, wanted) =>
  files.flatMap((file) => {
    const bytes = fs.readFileSync(file);
    return wanted.filter((needle) => bytes.includes(needle)).map((needle) => `${file}: ${needle.toString('latin1')}`);
  });

const setClock = (tk, at) => request('POST', `${tk.admin}/clock`, { body: String(at) });

async function everybody(tk, page) {
  const replies = await Promise.all(
    people.map(({ visitor, agent, address }) => tk.hit({ page, visitor, ref: 'zalo.me', headers: { 'User-Agent': agent, 'X-Forwarded-For': address } })),
  );
  assert.ok(replies.every(({ status }) => status === 200));
  return replies.length;
}

async function rewritten(tk) {
  const done = async () => /^aof_rewrite_in_progress:0\r?$[^]*^aof_last_bgrewrite_status:ok/m.test(await tk.redis.cmd('INFO', 'persistence'));
  await waitUntil(done, { what: 'a rewrite before' });
  await tk.redis.cmd('BGREWRITEAOF');
  await waitUntil(done, { what: 'the rewrite' });
}

test('days with an outage leave no address, agent or token behind', async (t) => {
  const tk = await start(t, { daemon: { test_clock: 'yes', log_level: 'debug' }, redis: { rdbcompression: 'no' } });
  const where = () => filesBelow(tk.dir).filter((file) => file !== tk.ini);
  const midnight = Date.parse('2031-05-07T00:00:00+07:00');
  let hits = 0;
  for (const [i, at] of [midnight - 3_600_000, midnight - 60_000, midnight + 60_000, midnight + 3_600_000].entries()) {
    await setClock(tk, at);
    hits += await everybody(tk, `/tin/${i}`);
  }
  await tk.redis.stop();
  hits += await everybody(tk, '/trong-luc-hong');
  const spool = filesBelow(path.join(tk.dir, 'spool'));
  assert.ok(spool.some((file) => fs.readFileSync(file).includes('/trong-luc-hong')), 'the search finds what is in the spool');
  assert.deepEqual(found([...where(), ...tk.logFiles], needles()), []);
  await tk.kill();
  await tk.redis.start();
  await tk.start();
  await waitUntil(async () => Number(await tk.redis.cmd('HGET', 'tk:{demo}:counts', 'hits')) === hits, { what: 'the spool to be counted' });
  assert.deepEqual(found([...where(), ...tk.logFiles], needles()), []);
  await tk.redis.cmd('SAVE');
  await rewritten(tk);
  const files = where();
  assert.ok(files.some((file) => /dump\.rdb$/.test(file)) && files.some((file) => /base\.rdb$/.test(file)), files.join(' '));
  assert.deepEqual(found([...files, ...tk.logFiles], needles()), []);

  // Could it have found them?
  fs.writeFileSync(path.join(tk.dir, 'needle'), Buffer.concat([Buffer.from('x'), needles().at(-1), Buffer.from('x')]));
  assert.equal(found(where(), needles()).length, 1);
});

test('a day key that has expired is gone from the disk after the rewrite', async (t) => {
  const tk = await start(t, { redis: { rdbcompression: 'no' } });
  await tk.hit();
  const [name] = (await tk.redis.cmd('KEYS', 'tk:key:*')).sort();
  // As it is on the disk, however it is written: Redis's own answer would be text.
  const dumped = () => filesBelow(path.join(tk.dir, 'appendonlydir')).some((file) => fs.readFileSync(file).includes(name));
  assert.ok(dumped(), 'it is found while it is there');
  await tk.redis.cmd('PEXPIRE', name, 1);
  await waitUntil(async () => (await tk.redis.cmd('EXISTS', name)) === 0, { what: 'the key to expire' });
  await rewritten(tk);
  assert.ok(!dumped());
});
