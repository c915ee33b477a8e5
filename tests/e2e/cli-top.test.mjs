// thongke top, base and purge.
import assert from 'node:assert/strict';
import { browserAgent, request, start, test } from './harness.mjs';

const monday = Date.parse('2026-11-23T12:00:00+07:00');
const DAY = 86_400_000;
const setClock = (tk, at) => request('POST', `${tk.admin}/clock`, { body: String(at) });
const counted = async (tk, site = 'demo') => Number((await tk.redis.cmd('HGET', `tk:{${site}}:counts`, 'hits')) ?? 0);

/** Three days of hits; the command line's clock is Redis's, so the days are those before today. */
async function threeDays(t) {
  const tk = await start(t, { daemon: { test_clock: 'yes' }, sites: { demo: {}, other: {} } });
  const today = Date.now();
  const plan = [
    [today - DAY, '/a', 'www.google.com', 4],
    [today - DAY, '/b', '', 1],
    [today, '/a', 'zalo.me', 2],
    [today, '/c?x=1', 'demo.test', 3],
  ];
  for (const [at, page, ref, n] of plan) {
    await setClock(tk, at);
    for (let i = 0; i < n; i++) await tk.hit({ page, ref, headers: { 'Accept-Language': 'vi' } });
  }
  await tk.hit({ page: '/a', headers: { 'User-Agent': 'curl/8.0' } });
  return tk;
}

test('top: the most frequent first, of a period, in each format', async (t) => {
  const tk = await threeDays(t);
  const rows = async (...args) => {
    const { code, stdout, stderr } = await tk.cli('top', ...args, '--plain');
    assert.equal(code, 0, stderr);
    return stdout.split('\n').filter(Boolean).map((line) => line.split('\t').slice(0, 2).join(' '));
  };
  assert.deepEqual(await rows('pages', 'demo'), ['/c 3', '/a 2']);
  assert.deepEqual(await rows('pages', 'demo', '--period', 'yesterday'), ['/a 4', '/b 1']);
  assert.deepEqual(await rows('pages', 'demo', '--period', 'all'), ['/a 6', '/c 3', '/b 1']);
  assert.deepEqual(await rows('referrers', 'demo', '--period', 'all'), ['google 4', '(internal) 3', 'zalo 2', '(direct) 1']);
  assert.deepEqual(await rows('browsers', 'demo', '--period', 'all'), ['Chrome 10']);
  assert.deepEqual(await rows('languages', 'demo', '--period', 'all'), ['vi 10']);
  assert.deepEqual(await rows('refused', 'demo'), ['bot 1']);
  assert.deepEqual(await rows('pages', 'demo', '--period', 'all', '--limit', '1'), ['/a 6']);
  assert.deepEqual(await rows('pages', 'other'), []);

  const table = (await tk.cli('--lang', 'vi', 'top', 'referrers', 'demo', '--period', 'all')).stdout.split('\n');
  assert.match(table[0], /^Đến từ +Lượt +Tỷ lệ/);
  assert.match(table[1], /^google +4 +40,0 % +█{24}$/);
  assert.match(table[2], /^\(trong trang\) +3 +30,0 % +█{18}$/);
  assert.match(table[4], /^\(vào thẳng\) +1 +10,0 % +█{6}$/);
  assert.match(table[5], /^Tổng cộng +10/);
  const json = JSON.parse((await tk.cli('--json', 'top', 'pages', 'demo', '--period', 'all')).stdout);
  assert.deepEqual([json.site, json.sum, json.rows[0]], ['demo', 10, { name: '/a', count: 6 }]);
  assert.match((await tk.cli('--csv', 'top', 'pages', 'demo', '--period', 'all')).stdout, /^name,count,share\r\n\/a,6,0\.6000\r\n/);
});

test('top: how far back details go is said', async (t) => {
  const tk = await start(t, { daemon: { details_kept: 2 } });
  await tk.hit();
  const { code, stderr } = await tk.cli('--lang', 'en', 'top', 'browsers', 'demo', '--period', 'all');
  assert.equal(code, 0);
  assert.match(stderr, /details are kept for details_kept days: this begins on \d{8}/);
});

test('top, base, purge called wrongly', async (t) => {
  const tk = await start(t);
  for (const args of [['top'], ['top', 'pages'], ['top', 'trees', 'demo'], ['top', 'pages', 'nosuch'], ['top', 'pages', 'demo', '--period', 'eternity'],
    ['top', 'pages', 'demo', '--limit', '0'], ['base'], ['base', 'demo', '-1'], ['base', 'demo', 'x'], ['base', 'demo', '1000000000000000'],
    ['purge'], ['purge', 'demo'], ['purge', 'page', 'demo'], ['purge', 'site'], ['purge', 'page', 'demo', 'no-path']]) {
    const { code, stderr } = await tk.cli(...args);
    assert.equal(code, 2, args.join(' '));
    assert.match(stderr, /^thongke: /);
  }
});

test('base: shown, set, said how to go back; never mixed into what was counted', async (t) => {
  const tk = await start(t);
  await tk.hit();
  assert.equal((await tk.cli('base', 'demo')).stdout, '0\n');
  const set = await tk.cli('--lang', 'en', 'base', 'demo', '0032302');
  assert.deepEqual([set.code, set.stdout], [0, '32302\n']);
  assert.match(set.stderr, /site demo: 32302 is added.*\n.*thongke base demo 0\n/);
  assert.equal((await tk.hit()).body.total, 32304);
  assert.equal(await counted(tk), 2);
  assert.deepEqual(JSON.parse((await tk.cli('--json', 'base', 'demo', '5')).stdout), { site: 'demo', base: 5, before: 32302 });
  assert.equal((await tk.cli('verify')).code, 0);
  await tk.redis.cmd('HSET', 'tk:{demo}:counts', 'opening', 'x');
  const damaged = await tk.cli('base', 'demo', '7');
  assert.equal(damaged.code, 1);
  assert.match(damaged.stderr, /DAMAGED/);
});

test('purge page: its views are counted under «(other)», and it begins anew', async (t) => {
  const tk = await threeDays(t);
  const refused = await tk.cli('--lang', 'en', 'purge', 'page', 'demo', '/a');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /--yes/);
  const done = await tk.cli('--lang', 'en', '--yes', 'purge', 'page', 'demo', '/a/');
  assert.deepEqual([done.code, done.stderr], [0, 'thongke: /a begins anew; its 6 views are counted under «(other)»\n']);
  assert.deepEqual(await tk.redis.cmd('HGETALL', 'tk:{demo}:pages'), ['/b', '1', '/c', '3', '(other)', '6']);
  assert.equal((await tk.cli('verify')).code, 0);
  const reply = await tk.hit({ page: '/a' });
  assert.deepEqual([reply.body.page.views, reply.body.total], [1, 11]);
  const top = await tk.cli('top', 'pages', 'demo', '--period', 'yesterday', '--plain');
  assert.match(top.stdout, /^\(other\)\t4\t/);
});

test('purge site: all of it, while the daemon counts on', async (t) => {
  const tk = await threeDays(t);
  await tk.hit({ site: 'other' });
  assert.deepEqual((await tk.hit()).body.yesterday, 5);
  const done = await tk.cli('--lang', 'en', '--yes', 'purge', 'site', 'demo');
  assert.deepEqual([done.code, done.stderr], [0, 'thongke: site demo begins anew; it had 11 hits\n']);
  const left = (await tk.redis.cmd('KEYS', 'tk:{demo}:*')).map((key) => key.split(':')[2]).sort();
  assert.deepEqual(left, ['counts', 'writer']);
  const { body } = await tk.hit();
  assert.deepEqual([body.total, body.today, body.yesterday, body.week, body.year, body.online, body.page.views], [1, 1, 0, 1, 1, 1, 1]);
  assert.equal((await tk.cli('verify')).code, 0);
  assert.equal(await counted(tk, 'other'), 1);
});

test('purge site: what may begin while it looks is named as well', async (t) => {
  const tk = await start(t);
  await tk.redis.cmd('CONFIG', 'SET', 'slowlog-log-slower-than', 0);
  assert.equal((await tk.cli('--yes', 'purge', 'site', 'demo')).code, 0);
  const done = (await tk.redis.cmd('SLOWLOG', 'GET', -1)).map(([, , , words]) => words).find(([name]) => name === 'EVAL');
  const named = done.filter((word) => word.startsWith('tk:{demo}:')).map((key) => key.slice('tk:{demo}:'.length).replace(/:\d+$/, ':'));
  const each = (n, names) => names.flatMap((name) => Array(n).fill(name));
  const expected = ['counts', 'pages', 'online', 'repeats', ...each(3, ['ids:']), ...each(2, ['pages:', 'tallies:', 'details:', 'referrers:', 'visitors:'])];
  assert.deepEqual(named.sort(), expected.sort());
});

test('purge page: a damaged set leaves all as it was', async (t) => {
  const tk = await start(t);
  await tk.hit({ page: '/a' });
  await tk.redis.cmd('SET', 'tk:{demo}:pages:20200101', 'x');
  const { code, stderr } = await tk.cli('--yes', 'purge', 'page', 'demo', '/a');
  assert.equal(code, 1);
  assert.match(stderr, /WRONGTYPE/);
  assert.equal(await tk.redis.cmd('HGET', 'tk:{demo}:pages', '/a'), '1');
});
