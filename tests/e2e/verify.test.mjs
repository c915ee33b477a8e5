// thongke verify: do the figures agree, and is all in Redis that was acknowledged?
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import { request, start, tempDir, test, waitUntil } from './harness.mjs';
import { load } from './load.mjs';
import { holdSpool, leaveSpool, setAside } from './spool.mjs';

const writer = 'c'.repeat(32);

/** A daemon whose admin listener the command line finds by the configuration, which may differ from the daemon's. */
async function begin(t, options) {
  const tk = await start(t, options);
  tk.reconfigure = (more) => tk.configure({ admin_listen: new URL(tk.admin).host, ...more });
  tk.reconfigure();
  return tk;
}

const verify = (tk, ...args) => tk.cli('--lang', 'en', 'verify', ...args);

async function verifyJson(tk, ...args) {
  const { code, stdout, stderr } = await verify(tk, '--json', ...args);
  assert.equal(stderr, '');
  return { code, ...JSON.parse(stdout) };
}

test('GET /unresolved says what Redis has not applied', async (t) => {
  const tk = await begin(t);
  await tk.hit();
  await tk.hit();
  const { status, headers, body } = await request('GET', `${tk.admin}/unresolved`);
  assert.deepEqual([status, headers['cache-control']], [200, 'no-store']);
  assert.deepEqual(body, { pending_hits: 0, unapplied_batches: 0, applied_batches: 2 });
  assert.equal((await request('POST', `${tk.admin}/unresolved`)).status, 405);
});

test('one line when all is well, in both languages, and for one site', async (t) => {
  const tk = await begin(t, { sites: { one: {}, two: {}, three: {} } });
  for (const site of ['one', 'one', 'two']) await tk.hit({ site });
  await tk.redis.cmd('HSET', 'tk:{one}:counts', 'opening', 5000); // is no hit
  const good = 'days = totals = pages; nothing unresolved; daemon: 0 unresolved\n';
  assert.deepEqual(await verify(tk), { code: 0, stdout: `3 sites, 3 hits: ${good}`, stderr: '' });
  assert.deepEqual(await verify(tk, 'one'), { code: 0, stdout: `1 sites, 2 hits: ${good}`, stderr: '' });
  assert.deepEqual(await tk.cli('--lang', 'vi', 'verify'), {
    code: 0,
    stdout: '3 trang web, 3 lượt: các ngày = tổng = các trang; không lượt nào còn treo; thongked: 0 lượt còn treo\n',
    stderr: '',
  });
  const { code, ...json } = await verifyJson(tk, 'two', 'one');
  assert.equal(code, 0);
  assert.deepEqual(json, {
    errors: 0,
    hits: 3,
    sites: [
      { site: 'two', hits: 1, days: 1, pages: 1, visits: 1, odd: 0 },
      { site: 'one', hits: 2, days: 2, pages: 2, visits: 1, odd: 0 },
    ],
    unresolved: [],
    daemon: { checked: true, pending_hits: 0, unapplied_batches: 0 },
    findings: [],
  });
});

test('years long ago, and many pages', async (t) => {
  const tk = await begin(t);
  await tk.hit();
  await tk.redis.cmd('HSET', 'tk:{demo}:counts', '20110230', 7, '20111231', 1_000_000, '19990101', 3493);
  await tk.redis.cmd('HSET', 'tk:{demo}:counts', 'nonsense', 1, 'v19990101', 0, 'x20110101', 1); // are no days
  await tk.redis.cmd('HSET', 'tk:{demo2}:counts', '20110101', 1); // nor of this site
  await tk.redis.cmd('EVAL', "for i = 1, 3500 do redis.call('HSET', KEYS[1], 'v' .. i, 0) end", 1, 'tk:{demo}:counts');
  await tk.redis.cmd('EVAL', "for i = 1, 3500 do redis.call('HSET', KEYS[1], 'p' .. i, i == 1 and 1000001 or 1) end", 1, 'tk:{demo}:pages');
  await tk.redis.cmd('HINCRBY', 'tk:{demo}:counts', 'hits', 1_003_500);
  const { code, sites } = await verifyJson(tk);
  assert.deepEqual([code, sites], [0, [{ site: 'demo', hits: 1_003_501, days: 1_003_501, pages: 1_003_501, visits: 1, odd: 0 }]]);
  await tk.redis.cmd('HDEL', 'tk:{demo}:pages', ...Array.from({ length: 501 }, (_, i) => `p${3000 + i}`)); // 2,999 and «/»
  await tk.redis.cmd('HINCRBY', 'tk:{demo}:counts', 'hits', -501);
  await tk.redis.cmd('HINCRBY', 'tk:{demo}:counts', '19990101', -501);
  assert.equal((await verifyJson(tk)).sites[0].pages, 1_003_000);
});

test('under load nothing is found', async (t) => {
  const tk = await begin(t, { sites: { one: {}, two: {} } });
  let running = true;
  const loading = load(tk, { hits: 12_000, sites: ['one', 'two'], pages: 3000 }).finally(() => (running = false));
  let looks = 0;
  do {
    const { code, stdout } = await verify(tk);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^2 sites, [\d,]+ hits: days = totals = pages; nothing unresolved; daemon: (0 unresolved|\d+ batches and \d+ waiting hits on their way)\n$/);
    looks++;
  } while (running);
  assert.equal((await loading).acknowledged, 12_000);
  assert.ok(looks > 1);
  assert.match((await verify(tk)).stdout, /^2 sites, 12,000 hits: .*; daemon: 0 unresolved\n$/);
});

test('a page, a day or a total that was changed', async (t) => {
  const tk = await begin(t, { sites: { one: {}, two: {}, three: {}, four: {} } });
  for (const site of ['one', 'two', 'three', 'four']) await tk.hit({ site, page: '/a' });
  const day = (await tk.redis.cmd('HKEYS', 'tk:{two}:counts')).find((field) => /^\d+$/.test(field));
  await tk.redis.cmd('HINCRBY', 'tk:{one}:pages', '/a', 1);
  await tk.redis.cmd('HINCRBY', 'tk:{two}:counts', day, -1);
  await tk.redis.cmd('HINCRBY', 'tk:{three}:counts', 'hits', 41);
  const { code, stdout } = await verify(tk);
  assert.equal(code, 1);
  const fix = 'something other than thongked has changed it; .*';
  assert.match(
    stdout,
    new RegExp(
      `^one +the total is 1, its pages make 2 → ${fix}\nthree +the total is 42, its days make 1 → ${fix}\n` +
        `three +the total is 42, its pages make 1 → ${fix}\ntwo +the total is 1, its days make 0 → ${fix}\n$`,
    ),
  );
  assert.equal((await verify(tk, 'four')).code, 0);
  const json = await verifyJson(tk, 'two', 'four');
  assert.deepEqual([json.code, json.errors, json.hits], [1, 1, 2]);
  assert.deepEqual(json.findings.map(({ check, message }) => [check, message]), [['two', 'the total is 1, its days make 0']]);
  assert.match((await tk.cli('--lang=vi', 'verify', 'one')).stdout, /^one +tổng là 1, cộng các trang lại được 2 → /);
});

test('values that are no number of hits, and keys of another type', async (t) => {
  const tk = await begin(t, { sites: { one: {}, two: {}, three: {} } });
  for (const site of ['one', 'two']) await tk.hit({ site });
  await tk.redis.cmd('HSET', 'tk:{one}:pages', '/half', 1.5, '/less', '-inf');
  await tk.redis.cmd('HSET', 'tk:{two}:counts', '20200101', '0x10');
  await tk.redis.cmd('SET', 'tk:{three}:pages', 'x');
  const { code, findings, sites } = await verifyJson(tk);
  assert.equal(code, 1);
  assert.deepEqual(findings.map(({ check, message }) => [check, message.slice(0, 90)]), [
    ['one', 'values that are no number of hits: 2, the first is tk:{one}:pages /half: 1.5'],
    ['three', findings[1].message.slice(0, 90)],
    ['two', 'values that are no number of hits: 1, the first is tk:{two}:counts 20200101: 0x10'],
  ]);
  assert.match(findings[1].message, /WRONGTYPE/);
  assert.deepEqual(sites[1], { site: 'three', hits: null, days: null, pages: null, visits: null, odd: null });
});

test('without a daemon the figures are looked at, and it is said', async (t) => {
  const tk = await begin(t);
  await tk.hit();
  await tk.stop();
  const { code, stdout, stderr } = await verify(tk);
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /^1 sites, 1 hits: days = totals = pages; nothing unresolved; daemon: not checked \(.+\)\n$/);
  assert.match((await tk.cli('--lang=vi', 'verify')).stdout, /; thongked: chưa kiểm tra được \(/);
  const { daemon } = await verifyJson(tk);
  assert.equal(daemon.checked, false);
  assert.ok(daemon.why.length > 0);
  tk.reconfigure({ admin_listen: '127.0.0.1:0' });
  assert.match((await verify(tk)).stdout, /not checked \(admin_listen = 127\.0\.0\.1:0\)/);
});

test('the admin listener on a unix socket, on all addresses, and a proxy that is not asked', async (t) => {
  const tk = await begin(t);
  const socket = `${tk.dir}/admin.sock`;
  tk.reconfigure({ admin_listen: `unix:${socket} 127.0.0.1:0` });
  await tk.restart();
  assert.match((await verify(tk)).stdout, /; daemon: 0 unresolved\n$/);
  tk.reconfigure({ admin_listen: `0.0.0.0:${new URL(tk.admin).port}` });
  process.env.http_proxy = 'http://127.0.0.1:1';
  t.after(() => delete process.env.http_proxy);
  assert.match((await verify(tk)).stdout, /; daemon: 0 unresolved\n$/);
});

/** Something that listens where the daemon should, and answers this. */
async function impostor(t, status, body) {
  const server = http.createServer((_, response) => response.writeHead(status).end(typeof body === 'function' ? body() : body));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return `127.0.0.1:${server.address().port}`;
}

test('somebody else at that address, and a daemon that does not answer', async (t) => {
  const tk = await begin(t);
  for (const [status, body] of [[404, 'no'], [200, '<html>'], [200, '{"pending_hits":1}'], [302, '']]) {
    tk.reconfigure({ admin_listen: await impostor(t, status, body) });
    const { code, stdout } = await verify(tk);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`; daemon: not checked \\(HTTP ${status}\\)\n$`));
  }
  tk.reconfigure({ admin_listen: await impostor(t, 200, 'x'.repeat(100_000)) });
  assert.match((await verify(tk)).stdout, /; daemon: not checked \(/);
  tk.reconfigure();
  tk.signal('SIGSTOP');
  const { code, stdout } = await verify(tk).finally(() => tk.signal('SIGCONT'));
  assert.equal(code, 0, stdout);
  assert.match(stdout, /; daemon: not checked \(Timeout/);
});

test('a daemon that does not get on is unresolved, one that works is not', async (t) => {
  const tk = await begin(t);
  const says = (applied) => `{"pending_hits":5,"unapplied_batches":2,"applied_batches":${applied}}`;
  tk.reconfigure({ admin_listen: await impostor(t, 200, says(7)) });
  const stuck = await verify(tk);
  assert.equal(stuck.code, 1);
  assert.match(stuck.stdout, /^daemon +2 batches and 5 waiting hits are not in Redis yet → thongked sends them itself .*\n$/);
  assert.deepEqual((await verifyJson(tk)).daemon, { checked: true, pending_hits: 5, unapplied_batches: 2 });
  let applied = 7;
  tk.reconfigure({ admin_listen: await impostor(t, 200, () => says(applied++)) });
  const busy = await verify(tk);
  assert.deepEqual([busy.code, /daemon: 2 batches and 5 waiting hits on their way\n$/.test(busy.stdout)], [0, true], busy.stdout);
  let left = 3;
  tk.reconfigure({ admin_listen: await impostor(t, 200, () => `{"pending_hits":${--left},"unapplied_batches":0,"applied_batches":0}`) });
  assert.match((await verify(tk)).stdout, /daemon: 0 unresolved\n$/);
});

test('a spool that a marker is behind of', async (t) => {
  const tk = await begin(t, { sites: { demo: {}, other: {} } });
  const dir = tempDir();
  tk.reconfigure({ spool_dir: dir }); // not the daemon's, which would take it over
  leaveSpool(dir, writer, [
    ...[3, 4, 5, 5].map((sequence) => ({ sequence, hits: 10 })),
    { site: 'other', sequence: 1, hits: 7 },
    { site: 'gone', sequence: 2, hits: 2 },
  ]);
  const marker = (site, value) => tk.redis.cmd('SET', `tk:{${site}}:writer:${writer}`, value);
  const none = await verify(tk);
  assert.equal(none.code, 1);
  assert.match(none.stdout, /^spool +cccccccc, left behind: 5 batches with 39 hits \(demo, gone, other\) are not in Redis → start thongked .*\n$/);
  await marker('demo', 4);
  await marker('gone', 2);
  const { code, unresolved, findings } = await verifyJson(tk);
  assert.deepEqual([code, findings.length], [1, 1]);
  assert.deepEqual(unresolved, [
    { writer, state: 'left', site: 'demo', batches: 1, hits: 10 },
    { writer, state: 'left', site: 'other', batches: 1, hits: 7 },
  ]);
  assert.deepEqual((await verifyJson(tk, 'other')).unresolved, [unresolved[1]]);
  assert.match((await tk.cli('--lang=vi', 'verify')).stdout, /^spool +cccccccc, bị bỏ lại: 2 lô với 17 lượt \(demo, other\) chưa vào Redis → /);
  await marker('demo', 5);
  await marker('other', 100);
  assert.match((await verify(tk)).stdout, /nothing unresolved/);
  await marker('other', 'nonsense');
  const odd = await verify(tk);
  assert.deepEqual([odd.code, odd.stdout], [1, '']);
  assert.match(odd.stderr, /^thongke: site other: its data in Redis can not be read\n$/);
});

test('what a living daemon holds is given time', async (t) => {
  const tk = await begin(t);
  const dir = tempDir();
  tk.reconfigure({ spool_dir: dir });
  leaveSpool(dir, writer, [{ sequence: 1, hits: 10 }]);
  await holdSpool(t, dir, writer);
  const held = await verify(tk);
  assert.equal(held.code, 1);
  assert.match(held.stdout, /^spool +cccccccc, held by a living daemon: 1 batches with 10 hits \(demo\) are not in Redis yet → it sends them itself .*\n$/);
  const looking = verify(tk);
  const asked = async () => Number(/cmdstat_get:calls=(\d+)/.exec(await tk.redis.cmd('INFO', 'commandstats'))[1]);
  const before = await asked();
  await waitUntil(async () => (await asked()) > before + 3, { what: 'the marker to be looked at again' });
  await tk.redis.cmd('SET', `tk:{demo}:writer:${writer}`, 1);
  assert.match((await looking).stdout, /nothing unresolved; daemon: 0 unresolved\n$/);
});

test('batches that Redis refused for good', async (t) => {
  const tk = await begin(t, { sites: { demo: {}, other: {} } });
  const dir = tempDir();
  tk.reconfigure({ spool_dir: dir });
  leaveSpool(dir, writer, [{ sequence: 5 }]);
  setAside(dir, writer, { sequence: 3, hits: 30 });
  setAside(dir, writer, { sequence: 4, hits: 4 });
  await tk.redis.cmd('SET', `tk:{demo}:writer:${writer}`, 5);
  const { code, unresolved } = await verifyJson(tk);
  assert.equal(code, 1);
  assert.deepEqual(unresolved, [{ writer, state: 'refused', site: 'demo', batches: 2, hits: 34 }]);
  assert.match((await verify(tk)).stdout, /^spool +cccccccc: 2 batches with 34 hits \(demo\) were acknowledged and are not counted: Redis refuses them → .*\n$/);
  assert.equal((await verify(tk, 'other')).code, 0);
  fs.writeFileSync(setAside(dir, writer, { sequence: 3 }), 'no segment');
  assert.match((await verify(tk, 'other')).stdout, /^spool +c{32}\.12345678\.3: files damaged or set aside: 1; /);
});

/** Spools as the daemon itself writes them. */
test('an outage, with a daemon that lives, dies and comes back', async (t) => {
  const tk = await begin(t);
  await tk.hit();
  await tk.redis.kill();
  for (let i = 0; i < 3; i++) assert.equal((await tk.hit()).body.stale, true);
  const away = await verify(tk);
  assert.deepEqual([away.code, away.stdout], [1, '']);
  const spools = async () => JSON.parse((await tk.cli('spool', '--json')).stdout);
  const [held] = (await spools()).spools;
  assert.deepEqual([held.state, held.hits, held.damaged], ['held', 4, 0]); // what was retained as well;
  await tk.kill();
  await tk.redis.start();
  const left = await verifyJson(tk);
  assert.equal(left.code, 1);
  assert.deepEqual(left.unresolved.map(({ state, site, hits }) => [state, site, hits]), [['left', 'demo', 3]]);
  assert.equal(left.unresolved[0].writer, held.writer);
  await tk.start();
  tk.reconfigure();
  await tk.expectMetric('thongke_unapplied_batches', 0);
  assert.match((await verify(tk)).stdout, /^1 sites, 4 hits: days = totals = pages; nothing unresolved; daemon: 0 unresolved\n$/);
  assert.deepEqual((await spools()).spools.map(({ writer: id, state }) => [id, state]), [[held.writer, 'held']]); // for retention
});

test('Redis goes and comes under load: nothing is found that is not so', async (t) => {
  const tk = await begin(t);
  let running = true;
  const loading = load(tk, { hits: 15_000, pages: 500, retry: true }).finally(() => (running = false));
  for (let round = 0; running; round++) {
    const { code, stdout, stderr } = await verify(tk);
    if (code === 1) assert.doesNotMatch(stdout, /total is|no number|damaged|not checked/, stderr);
    if (round % 3 === 1) {
      tk.redis.freeze();
      await waitUntil(async () => (await tk.metrics()).thongke_spool_batches > 0 || !running, { what: 'hits in the spool' });
      tk.redis.thaw();
    }
  }
  assert.equal((await loading).acknowledged, 15_000);
  assert.match((await verify(tk)).stdout, /^1 sites, 15,000 hits: .*; daemon: 0 unresolved\n$/);
});

test('a spool that is damaged, and one that can not be read', async (t) => {
  const tk = await begin(t);
  const dir = tempDir();
  tk.reconfigure({ spool_dir: dir });
  leaveSpool(dir, writer, [{ sequence: 1 }]);
  fs.writeFileSync(`${dir}/${writer}/00000002.spool.bad`, 'x');
  await tk.redis.cmd('SET', `tk:{demo}:writer:${writer}`, 1);
  const damaged = await verify(tk);
  assert.equal(damaged.code, 1);
  assert.match(damaged.stdout, /^spool +c{32}: files damaged or set aside: 1; .* → look after the disk; .*\n$/);
  tk.reconfigure({ spool_dir: tk.ini });
  const unread = await verify(tk);
  assert.equal(unread.code, 1);
  assert.match(unread.stdout, /^spool +not checked: \S+thongke\.ini: Not a directory\n$/);
});

test('without Redis, of an unknown site, and without the right to look', async (t) => {
  const tk = await begin(t);
  assert.equal((await verify(tk, 'nowhere')).code, 2);
  assert.equal((await verify(tk, '--csv')).code, 2);
  await tk.redis.cmd('ACL', 'SETUSER', 'default', '-eval_ro');
  const refused = await verify(tk);
  assert.equal(refused.code, 1);
  assert.match(refused.stdout, /^demo +NOPERM .*eval_ro/m);
  await tk.redis.stop();
  const away = await verify(tk);
  assert.deepEqual([away.code, away.stdout], [1, '']);
  assert.match(away.stderr, /redis/);
});

test('visits that their days do not make', async (t) => {
  const tk = await start(t);
  await tk.hit();
  assert.equal((await tk.cli('verify')).code, 0);
  await tk.redis.cmd('HINCRBY', 'tk:{demo}:counts', 'visits', 1);
  const { code, stdout } = await tk.cli('--lang', 'en', 'verify');
  assert.equal(code, 1);
  assert.match(stdout, /demo.*2 visits in all, but its days are 1/);
});
