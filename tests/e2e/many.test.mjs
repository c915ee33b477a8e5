// Many sites in one daemon, and several daemons on one Redis.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { start, test, top, waitUntil } from './harness.mjs';
import { load } from './load.mjs';

const resident = (pid) => Number(/^VmRSS:\s+(\d+) kB/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);

test('two daemons on one Redis under load: sums are exact, both say the same', async (t) => {
  const one = await start(t);
  const other = await start(t, { beside: one });
  const daemons = [one, other];
  const done = await Promise.all(daemons.map((tk) => load(tk, { hits: 5_000, connections: 32 })));
  assert.deepEqual(done.map(({ acknowledged }) => acknowledged), [5_000, 5_000]);
  assert.equal(Number(await one.redis.cmd('HGET', 'tk:{demo}:counts', 'hits')), 10_000);

  const read = async () => Promise.all(daemons.map(async (tk) => (await tk.counts()).body));
  const since = Date.now();
  await waitUntil(async () => (await read()).every(({ total }) => total === 10_000), { what: 'both to say 10,000' });
  assert.ok(Date.now() - since < 2_500, `they agreed after ${Date.now() - since} ms`);
  const [a, b] = await read();
  assert.deepEqual(a, b);
  assert.equal(a.today, 10_000);

  const metrics = await Promise.all(daemons.map((tk) => tk.metrics()));
  assert.equal(sum(metrics.map((m) => m['thongke_hits_total{site="demo"}'])), 10_000);
  assert.deepEqual(metrics.map((m) => m['thongke_site_hits{site="demo"}']), [10_000, 10_000]);
  assert.ok(metrics.every((m) => m.thongke_batches_total < 5_000), 'hits were grouped');
});

const many = (n) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`xa-${String(i).padStart(4, '0')}`, {}]));

test('2,000 sites: up at once, and SIGHUP under load loses no request', async (t) => {
  const began = Date.now();
  const tk = await start(t, { sites: many(2_000) });
  const took = Date.now() - began;
  assert.ok(took < 1_000, `it took ${took} ms`);

  const sites = Object.keys(many(2_000));
  let reloads = 0;
  const onAck = (n) => {
    if (n % 1_000 !== 0) return;
    tk.configure({}, many(++reloads % 2 ? 2_001 : 2_000));
    tk.signal('SIGHUP');
  };
  const done = await load(tk, { hits: 10_000, connections: 32, sites, onAck });
  assert.deepEqual([done.acknowledged, done.statuses], [10_000, { 200: 10_000 }]);
  await waitUntil(() => /reload: done/.test(tk.log), { what: 'a reload' });
  assert.equal(reloads, 10);
  assert.equal((await tk.counts({ site: sites[7] })).body.total, 5);
});

test('memory of a site, before and after it has counted', async (t) => {
  const program = `${top}/build/thongked`; // a sanitizer would be measured, not the daemon
  const few = await start(t, { sites: many(1), program });
  const tk = await start(t, { sites: many(2_000), program, beside: few });
  const perSite = (bytes) => Math.round(bytes / 2_000);
  const small = resident(few.pid);
  const idle = resident(tk.pid);
  await load(tk, { hits: 10_000, connections: 32, sites: Object.keys(many(2_000)) });
  const used = resident(tk.pid);
  t.diagnostic(`a site takes ${perSite(idle - small)} bytes, and ${perSite(used - idle)} more once it has counted`);
  assert.ok(perSite(used - small) < 16_384);
});
