// Forgers: made-up paths, sites, referrers, agents and tokens by the thousand.  Redis's memory stays bounded, the
// totals are right.  FLOOD=long sends a million of each on the daemon as it ships; else some thousands.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { browserAgent, start, test, top } from './harness.mjs';
import { dial, hitBytes } from './load.mjs';

const isLong = process.env.FLOOD === 'long';
const HITS = isLong ? 1_000_000 : 6_000;
const BOUND = 500; // pages_max, referrers_max
const program = isLong ? `${top}/build/thongked` : undefined;

/** Sends so many hits as fields(i) and headers(i) say; answers { statuses, online: of the last answer }. */
async function flood(tk, fields, headers = () => ({}), hits = HITS) {
  const statuses = {};
  let next = 0;
  let online = 0;
  await Promise.all(
    Array.from({ length: 64 }, async () => {
      const line = dial(tk.socket);
      assert.ok(await line.made);
      while (next < hits) {
        const i = next++;
        const { status, body } = await line.ask(hitBytes({ site: 'demo', page: '/', visitor: '1', ...fields(i) }, headers(i)));
        statuses[status] = (statuses[status] ?? 0) + 1;
        online = Math.max(online, body?.online ?? 0);
      }
      line.end();
    }),
  );
  return { statuses, online };
}

const usedMemory = async (tk) => Number(/^used_memory:(\d+)/m.exec(await tk.redis.cmd('INFO', 'memory'))[1]);
const residentKiB = (tk) => Number(/^VmRSS:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${tk.pid}/status`, 'utf8'))[1]);
const total = async (tk) => Number((await tk.redis.cmd('HGET', 'tk:{demo}:counts', 'hits')) ?? 0);
const honest = (i) => ({ 'X-Forwarded-For': `10.${i >> 16 & 255}.${i >> 8 & 255}.${i & 255}` });
const anything = (i) => (i * 2654435761 % 2 ** 32).toString(16);
const redis = isLong ? { appendfsync: 'everysec' } : {};

async function begin(t, more = {}) {
  return start(t, { program, redis, daemon: { trusted_proxies: '127.0.0.1/32', ...more }, sites: { demo: { pages_max: BOUND, referrers_max: BOUND } } });
}

/** Floods, and says what it did to memory beside ordinary hits; the flood may take at most so much of Redis's. */
async function bounded(tk, what, most, act) {
  await flood(tk, () => ({}), () => ({ 'X-Forwarded-For': '10.0.0.1' }), 0.25 * HITS);
  ordinary = await total(tk);
  const before = { redis: await usedMemory(tk), daemon: residentKiB(tk) };
  const result = await act();
  const grown = (await usedMemory(tk)) - before.redis;
  console.log(`${what}: ${HITS} hits, Redis ${(grown / 1024).toFixed(0)} KiB more, daemon ${residentKiB(tk) - before.daemon} KiB more`);
  assert.ok(grown < most, `${what}: Redis grew by ${grown} bytes`);
  assert.equal((await tk.cli('verify')).code, 0);
  return result;
}

const KIB = 1024;
let ordinary; // hits counted before the flood of the test

test('made-up paths: pages_max of them, the rest under «(other)»', async (t) => {
  const tk = await begin(t, { client_rate: 0 });
  const { statuses } = await bounded(tk, 'paths', 256 * KIB, () => flood(tk, (i) => ({ page: `/${anything(i)}/${i}` }), (i) => honest(i % 200)));
  assert.deepEqual(statuses, { 200: HITS });
  assert.equal((await total(tk)) - ordinary, HITS);
  assert.ok((await tk.redis.cmd('HLEN', 'tk:{demo}:pages')) <= BOUND + 1);
  assert.equal(Number(await tk.redis.cmd('HGET', 'tk:{demo}:pages', '(other)')), HITS - BOUND + 1); // «/» is one of them
});

test('made-up sites leave no key', async (t) => {
  const tk = await begin(t);
  const { statuses } = await bounded(tk, 'sites', 128 * KIB, () => flood(tk, (i) => ({ site: `s${anything(i)}` }), honest));
  assert.deepEqual(statuses, { 404: HITS });
  assert.deepEqual(await tk.redis.cmd('KEYS', 'tk:{s*'), []);
});

test('made-up referrers: referrers_max of them a day', async (t) => {
  const tk = await begin(t, { client_rate: 0 });
  const { statuses } = await bounded(tk, 'referrers', 256 * KIB, () => flood(tk, (i) => ({ ref: `h${anything(i)}.vn` }), (i) => honest(i % 200)));
  assert.deepEqual(statuses, { 200: HITS });
  assert.equal((await total(tk)) - ordinary, HITS);
  await tk.folded();
  for (const key of await tk.redis.cmd('KEYS', 'tk:{demo}:referrers:*')) assert.ok((await tk.redis.cmd('HLEN', key)) <= BOUND + 1);
});

for (const [what, fields, headers] of [
  ['tokens', (i) => ({ visitor: anything(i).padStart(8, '0') + anything(i + 1).padStart(8, '0') }), () => ({})],
  ['agents', () => ({ visitor: null }), (i) => ({ 'User-Agent': browserAgent.replace('126.0.0.0', `${100 + (i % 27)}.0.${i}.${i % 9}`) })],
]) {
  test(`made-up ${what} of one address are visitors_per_address visitors, and no more`, async (t) => {
    const tk = await begin(t, { client_rate: 0, visitors_per_address: 100 });
    const { statuses, online } = await bounded(tk, what, 256 * KIB, () => flood(tk, fields, (i) => ({ 'X-Forwarded-For': '203.0.113.7', ...headers(i) })));
    assert.deepEqual(statuses, { 200: HITS });
    assert.equal((await total(tk)) - ordinary, HITS);
    assert.ok(online >= 100 && online <= 102, `${online} online`); // with the ordinary one, and what the rest share
  });
}

test('a flood from one address is counted as far as its limit goes', async (t) => {
  const tk = await begin(t, { client_rate: 1, client_burst: 1000 });
  const { statuses } = await bounded(tk, 'one client', 256 * KIB, () => flood(tk, () => ({}), () => ({ 'X-Forwarded-For': '203.0.113.7' })));
  assert.deepEqual(statuses, { 200: HITS });
  const refused = (await tk.metrics())['thongke_refused_total{reason="limit"}'];
  assert.equal((await total(tk)) + refused, 1.25 * HITS);
  assert.ok((await total(tk)) - ordinary < 1000 + 600, `${await total(tk)} counted`);
});
