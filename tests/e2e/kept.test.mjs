// What a review of the spool found: each of these was wrong once, and stays right.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { browserAgent, request, start, test, thongked, token, waitUntil } from './harness.mjs';
import { child } from './process.mjs';

const counted = async (tk, site = 'demo') => Number(await tk.redis.cmd('HGET', `tk:{${site}}:counts`, 'hits'));
const spoolDir = (tk) => path.join(tk.dir, 'spool');
const quarantined = (tk) => {
  const dir = path.join(spoolDir(tk), 'quarantine');
  return fs.existsSync(dir) ? fs.readdirSync(dir).sort() : [];
};
const writers = (tk) => fs.readdirSync(spoolDir(tk)).filter((name) => /^[0-9a-f]{32}$/.test(name));
const applied = (tk) => waitUntil(async () => {
  const metrics = await tk.metrics();
  return metrics.thongke_redis_up === 1 && metrics.thongke_unapplied_batches === 0 && metrics.thongke_pending_hits === 0;
}, { what: 'all to be applied' });

for (const [how, end] of [['killed', (tk) => tk.kill()], ['ended', (tk) => tk.stop()]]) {
  test(`what was set aside stays aside when the daemon is ${how} and the next takes its spool over`, async (t) => {
    const tk = await start(t, { sites: { one: {}, two: {} } });
    await tk.hit({ site: 'one' });
    await tk.redis.cmd('HSET', 'tk:{one}:counts', 'hits', 'x');
    await tk.redis.stop();
    for (let i = 0; i < 3; i++) assert.equal((await tk.hit({ site: 'one' })).status, 200);
    await tk.hit({ site: 'two' }); // keeps the segment for as long as retention goes
    await tk.redis.start();
    await applied(tk);
    const aside = quarantined(tk);
    assert.equal(aside.length, 3);
    await end(tk);
    await tk.start();
    await waitUntil(() => /taken over/.test(tk.log), { what: 'the spool to be taken over' });
    await applied(tk);
    assert.deepEqual(quarantined(tk), aside);
    assert.equal((await tk.metrics()).thongke_replayed_batches_total, 0);
  });
}

test('what was set aside stays aside when the marker is before it again and the cause mended', async (t) => {
  const tk = await start(t, { sites: { one: {}, two: {} } });
  await tk.hit({ site: 'one' });
  await tk.redis.cmd('HSET', 'tk:{one}:counts', 'hits', 'x');
  await tk.redis.stop();
  assert.equal((await tk.hit({ site: 'one' })).status, 200);
  await tk.hit({ site: 'two' });
  await tk.redis.start();
  await applied(tk);
  const aside = quarantined(tk);
  assert.equal(aside.length, 1);
  await tk.kill();
  const [marker] = await tk.redis.cmd('KEYS', 'tk:{one}:writer:*');
  await tk.redis.cmd('SET', marker, 1); // as if the daemon had died between setting aside and passing over
  await tk.redis.cmd('HSET', 'tk:{one}:counts', 'hits', 1);
  await tk.start();
  await waitUntil(() => /taken over/.test(tk.log), { what: 'the spool to be taken over' });
  await applied(tk);
  assert.deepEqual([await counted(tk, 'one'), quarantined(tk)], [1, aside], 'aside, and so not counted too');
  assert.equal(await tk.redis.cmd('GET', marker), '2');
});

/**
 * The Redis of tk behind a socket that tells when skip.lua is asked for, and lets its answer pass only then; the question
 * does not even arrive where then() returns false.  isOpen says whether one may connect.
 */
async function beforeSkipIsAnswered(t, tk, then, isOpen = () => true) {
  const skip = /EVALSHA\r\n\$40\r\n[0-9a-f]{40}\r\n\$1\r\n1\r\n/;
  const server = net.createServer((from) => {
    if (!isOpen()) return from.destroy();
    const to = net.createConnection({ path: tk.redis.socket });
    const leave = () => [from, to].forEach((one) => one.destroy());
    let held = null;
    for (const socket of [from, to]) socket.on('error', leave).on('close', leave);
    from.on('data', (chunk) => {
      if (skip.test(chunk.toString('latin1'))) {
        held = [];
        const passes = then(() => {
          held.forEach((bytes) => from.write(bytes));
          held = null;
        }, leave);
        if (passes === false) return;
      }
      to.write(chunk);
    });
    to.on('data', (chunk) => (held ? held.push(chunk) : from.write(chunk)));
  });
  const path = `${tk.redis.socket}.slow`;
  await new Promise((resolve) => server.listen(path, resolve));
  t.after(() => server.close());
  tk.configure({ redis: `unix:${path}` });
  await tk.restart();
}

for (const [how, after] of [
  ['is slow', (goOn) => goOn()],
  ['goes away', (goOn, leave) => leave()],
]) {
  test(`Redis ${how} while the marker passes over a rejected hit: that is not acknowledged and forgotten`, async (t) => {
    const tk = await start(t, { daemon: { commit_timeout: 1000 } });
    let asked;
    await beforeSkipIsAnswered(t, tk, (goOn, leave) => (asked ??= { goOn, leave }));
    await tk.hit();
    await tk.redis.cmd('HSET', 'tk:{demo}:counts', 'hits', 'x');
    const hit = tk.hit();
    await waitUntil(() => asked, { what: 'the marker to be moved' });
    if (how === 'is slow') await hit;
    after(asked.goOn, asked.leave);
    const { status } = await hit;
    await applied(tk);
    await tk.redis.cmd('HSET', 'tk:{demo}:counts', 'hits', 1);
    const kept = (await counted(tk)) - 1 + quarantined(tk).length;
    assert.ok(status === 503 ? kept === 0 : kept === 1, `answered ${status}, and kept ${kept}`);
  });
}

test('a replay counts what the daemon has set aside and not passed over yet: it is not set aside again', async (t) => {
  const tk = await start(t);
  let lost = false, isBack = false;
  await beforeSkipIsAnswered(t, tk, (goOn, leave) => {
    lost = true;
    if (isBack) goOn();
    else leave();
    return isBack;
  }, () => isBack || !lost);
  await tk.hit();
  await tk.redis.cmd('HSET', 'tk:{demo}:counts', 'hits', 'x');
  await tk.redis.stop();
  await tk.hit();
  await tk.redis.start();
  await waitUntil(() => lost, { what: 'the marker to be moved' });
  const [aside] = quarantined(tk);
  await tk.redis.cmd('HSET', 'tk:{demo}:counts', 'hits', 1);
  tk.configure({ redis: `unix:${tk.redis.socket}` }); // for the command; the daemon goes on
  assert.equal((await tk.cli('spool', 'replay', spoolDir(tk))).stdout, '1 hits in 1 batches are in Redis\n');
  isBack = true;
  await applied(tk);
  assert.deepEqual([await counted(tk), quarantined(tk)], [2, [`${aside}.done`]]);
  assert.match(tk.log, /was set aside, and is counted by now/);
});

test('a spool that fails once takes the hit half a second later', async (t) => {
  const tk = await start(t, { daemon: { commit_timeout: 5000, redis_dead: 60_000 } });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const hit = () => new Promise((resolve, reject) => {
    const body = new URLSearchParams({ site: 'demo', page: '/', id: token() }).toString();
    const headers = { 'Content-Type': 'text/plain', 'User-Agent': browserAgent, Origin: 'http://demo.test' };
    const r = http.request(`${tk.url}/hit`, { method: 'POST', agent, headers }, (reply) => resolve(reply.resume().statusCode));
    r.on('error', reject).end(body);
  });
  assert.equal(await hit(), 200);
  const limit = (n) => execFileSync('prlimit', ['--pid', String(tk.pid), `--nofile=${n}:`]);
  const before = execFileSync('prlimit', ['--pid', String(tk.pid), '--nofile', '--noheadings', '-o', 'SOFT']).toString().trim();
  tk.redis.freeze();
  limit(4); // no descriptor for a segment
  const since = Date.now();
  const waits = hit();
  await waitUntil(() => /hits cannot be kept/.test(tk.log), { what: 'the spool to fail' });
  limit(before);
  assert.equal(await waits, 200);
  assert.ok(Date.now() - since < 3_000, `after ${Date.now() - since} ms`);
  tk.redis.thaw();
  await applied(tk);
  assert.equal(await counted(tk), 2);
});

test('a segment is removed under our feet: said, and the site counts on', async (t) => {
  const tk = await start(t);
  await tk.hit();
  await tk.redis.kill();
  for (let i = 0; i < 2; i++) assert.equal((await tk.hit()).body.stale, true);
  for (const writer of writers(tk)) fs.rmSync(path.join(spoolDir(tk), writer, '00000001.spool'));
  await tk.redis.start();
  await applied(tk);
  assert.match(tk.log, /batch 2 of writer [0-9a-f]+ with 1 hits is lost/);
  assert.deepEqual([(await tk.hit()).body.stale, await counted(tk)], [undefined, 2]);
});

test('told twice to stop: what Redis may still lose is left to the next process all the same', async (t) => {
  const tk = await start(t, { redis: { appendfsync: 'everysec' }, daemon: { redis_timeout: 60_000, commit_timeout: 60_000 } });
  await tk.stop();
  const folder = path.join(tk.dir, 'appendonlydir');
  const file = path.join(folder, fs.readdirSync(folder).find((name) => name.endsWith('.incr.aof')));
  const { size } = fs.statSync(file);
  const it = child(thongked, ['-c', tk.ini], { cwd: tk.dir });
  tk.url = await waitUntil(() => /listening on (http:\/\/\S+)/.exec(it.text)?.[1], { what: 'the daemon' });
  for (let i = 0; i < 5; i++) assert.equal((await tk.hit({ page: `/${i}` })).status, 200);
  tk.redis.freeze();
  const waits = tk.hit().catch(() => ({ status: 0 })); // so that the end takes its time
  await waitUntil(async () => /thongke_pending_hits 1/.test((await request('GET', `${/admin on (http:\/\/\S+)/.exec(it.text)[1]}/metrics`)).text));
  it.signal('SIGTERM');
  await waitUntil(() => /stopping: signal/.test(it.text));
  it.signal('SIGTERM');
  await it.ended;
  const acknowledged = 5 + ((await waits).status === 200 ? 1 : 0);
  await tk.redis.kill();
  fs.truncateSync(file, size);
  await tk.redis.start();
  await tk.start();
  await waitUntil(async () => (await counted(tk)) >= acknowledged, { what: `all ${acknowledged} to be put back` });
});

test('a segment that cannot be unlinked is taken over some day: the marker lives as long', async (t) => {
  const tk = await start(t, { daemon: { retention: 2 } });
  await tk.redis.stop();
  await tk.hit();
  const segment = path.join(spoolDir(tk), writers(tk)[0], '00000001.spool');
  await tk.redis.start();
  await applied(tk);
  fs.renameSync(segment, `${segment}.hidden`);
  fs.mkdirSync(segment); // which unlink() does not remove
  await waitUntil(() => /segment 1 cannot be removed/.test(tk.log), { what: 'retention to pass' });
  const [marker] = await tk.redis.cmd('KEYS', 'tk:{demo}:writer:*');
  await tk.stop();
  assert.ok((await tk.redis.cmd('TTL', marker)) > 80 * 86400);
});
