// What a daemon forecasts of a batch is what Redis would have found, whoever else counts, cleans up or falls over in between.
import assert from 'node:assert/strict';
import { request, start, test, token, waitUntil } from './harness.mjs';

const robot = { 'User-Agent': 'Googlebot/2.1 (+http://www.google.com/bot.html)' };
const minute = 60_000;
const [online, visit, ids] = [5 * minute, 30 * minute, 15 * minute];

/** Pseudo-random numbers that a failure can be repeated with. */
function dice(seed) {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** A site as it should be counted. */
function model() {
  let it;
  const empty = () => ({ hits: 0, visits: 0, opening: 0, pages: new Map(), ids: new Map(), seen: new Map() });
  it = empty();
  const isOnline = (now) => [...it.seen.values()].filter((at) => at > now - online).length;
  const see = (now, visitor) => {
    const at = it.seen.get(visitor);
    it.seen.set(visitor, now);
    return at === undefined || now - at > visit;
  };
  const figures = (now, page) => ({ today: it.hits, total: it.hits + it.opening, online: isOnline(now), views: it.pages.get(page) ?? 0 });
  return {
    view(now, page, visitor, id) {
      const window = Math.floor(now / ids);
      const known = (it.ids.get(id) ?? []).some((at) => Math.abs(at - window) <= 1);
      it.ids.set(id, [...(it.ids.get(id) ?? []), window]);
      const opens = see(now, visitor);
      if (!known) {
        it.hits++;
        it.visits += opens;
        it.pages.set(page, (it.pages.get(page) ?? 0) + 1);
      }
      return figures(now, page);
    },
    beat(now, page, visitor) {
      see(now, visitor);
      return figures(now, page);
    },
    read: figures,
    purgePage: (page) => it.pages.delete(page),
    purgeSite: () => (it = empty()),
    base: (opening) => (it.opening = opening),
    get: () => it,
  };
}

test('whoever else counts, cleans up or falls over', { timeout: 110_000 }, async (t) => {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32)); // SEED repeats a failure
  t.diagnostic(`seed ${seed}`);
  const upTo = dice(seed);
  const daemon = { test_clock: 'yes', client_rate: 100_000, client_burst: 100_000, visitors_per_address: 1_000, dedupe_window: '900s' };
  const one = await start(t, { daemon });
  const two = await start(t, { daemon, beside: one });
  const site = model();
  // Of a day whose key all have already, and with room before midnight.
  let now = Date.parse(`${new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10)}T01:00:00+07:00`);
  const visitors = Array.from({ length: 12 }, token);
  const sent = [token()];
  const both = (does) => Promise.all([one, two].map(does));
  const settled = (tk) =>
    waitUntil(
      async () => {
        const metrics = await tk.metrics();
        return metrics.thongke_redis_up === 1 && metrics.thongke_pending_hits === 0 && metrics.thongke_unapplied_batches === 0;
      },
      { what: 'all to be applied' },
    );
  const setClock = (tk) => request('POST', `${tk.admin}/clock`, { body: String(now) });

  const steps = {
    async later() {
      now += [1_000, 20_000, minute, 6 * minute, 16 * minute, 31 * minute][upTo(6)];
      await both(setClock);
    },
    async fall() {
      await two.kill();
      await two.start();
      await setClock(two);
      await both(settled);
    },
    async cut() {
      const reconnects = async () => (await both((tk) => tk.metrics())).map((metrics) => metrics.thongke_redis_reconnects_total);
      const before = await reconnects();
      await one.redis.cmd('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await waitUntil(async () => (await reconnects()).every((n, i) => n > before[i]), { what: 'both to be connected anew' });
      await both(settled);
    },
    async purgePage() {
      const page = `/${upTo(9)}`;
      assert.equal((await one.cli('purge', 'page', 'demo', page, '--yes')).code, 0);
      site.purgePage(page);
    },
    async purgeSite() {
      assert.equal((await one.cli('purge', 'site', 'demo', '--yes')).code, 0);
      site.purgeSite();
    },
    async look() {
      const page = `/${upTo(9)}`;
      const expected = site.read(now, page);
      for (const { body } of await both((tk) => tk.counts({ site: 'demo', page }))) {
        assert.deepEqual([body.online, body.total, body.page.views], [expected.online, expected.total, expected.views]);
      }
    },
    async base() {
      const opening = upTo(1_000);
      assert.equal((await one.cli('base', 'demo', String(opening))).code, 0);
      site.base(opening);
    },
  };
  const rare = Object.values(steps);

  await both(setClock);
  for (let n = 0, tk = one; n < 1_500; n++) {
    if (upTo(10) === 0) await rare[upTo(2) ? 0 : upTo(rare.length)]();
    if (upTo(25) === 0) tk = tk === one ? two : one;
    const [page, visitor, kind] = [`/${upTo(9)}`, visitors[upTo(12)], upTo(10)];
    let answer, expected;
    if (kind === 0) {
      answer = await tk.hit({ page, visitor, headers: robot });
      expected = site.read(now, page);
    } else if (kind === 1) {
      answer = await tk.hit({ page, visitor, type: 'beat', id: null });
      expected = site.beat(now, page, visitor);
    } else {
      const id = kind === 2 ? sent[upTo(sent.length)] : token();
      sent[sent.length < 20 ? sent.length : upTo(20)] = id;
      answer = await tk.hit({ page, visitor, id });
      expected = site.view(now, page, visitor, id);
    }
    assert.equal(answer.status, 200, `step ${n} of seed ${seed}: ${answer.text}`);
    const { today, total, online: there, page: { views } } = answer.body;
    assert.deepEqual({ today, total, online: there, views }, expected, `step ${n} of seed ${seed}`);
  }
  assert.equal(Number(await one.redis.cmd('HGET', 'tk:{demo}:counts', 'visits')), site.get().visits, `visits, seed ${seed}`);
});

test('a lone daemon need not look', async (t) => {
  const tk = await start(t);
  for (let n = 0; n < 10; n++) await tk.hit({ page: `/${n}`, visitor: token() });
  await tk.folded();
  await tk.redis.cmd('CONFIG', 'RESETSTAT');
  for (let n = 0; n < 20; n++) await tk.hit({ page: `/${n}`, visitor: token() });
  const stats = await tk.redis.cmd('INFO', 'commandstats');
  assert.match(stats, /^cmdstat_zadd:calls=20,/m);
  assert.doesNotMatch(stats, /^cmdstat_(smismember|zcount|zrangebyscore):/m);
  const { body } = await tk.hit({ page: '/7' });
  assert.deepEqual([body.today, body.total, body.online, body.page.views], [31, 31, 31, 3]);
});

test('what is known is bounded', async (t) => {
  const tk = await start(t, { daemon: { mirror_max: '64k', client_burst: 10_000 } });
  const looks = async () => /^cmdstat_smismember:calls=(\d+)/m.exec(await tk.redis.cmd('INFO', 'commandstats'))?.[1] ?? 0;
  const long = (n) => `/${'trang-'.repeat(70)}${n}`;
  for (let n = 0; n < 300; n++) await tk.hit({ page: long(n) });
  // What was known is forgotten within a second; what is asked then looks.
  const before = await looks();
  await waitUntil(async () => (await tk.hit({ page: long(0) })) && (await looks()) > before, { what: 'a hit that looks' });
  const { body } = await tk.hit({ page: long(1) });
  assert.deepEqual([body.page.views, body.total], [2, Number(await tk.redis.cmd('HGET', 'tk:{demo}:counts', 'hits'))]);
});

test('a batch that went to the spool while Redis stood still', async (t) => {
  const tk = await start(t, { daemon: { redis_timeout: '40ms' } });
  for (let n = 0; n < 4; n++) await tk.hit({ page: '/a' });
  tk.redis.freeze();
  assert.equal((await tk.hit({ page: '/a', id: null })).body.stale, true);
  tk.redis.thaw();
  await waitUntil(async () => (await tk.metrics()).thongke_unapplied_batches === 0, { what: 'it to be applied' });
  const { body } = await tk.hit({ page: '/a', id: null });
  assert.deepEqual([body.total, body.page.views], [6, 6]);
});

test('one that was restarted looks until it knows enough', async (t) => {
  const tk = await start(t);
  await tk.hit({ page: '/a' });
  await tk.stop();
  await tk.start();
  await tk.hit({ page: '/b' });
  const { body } = await tk.hit({ page: '/a' });
  assert.deepEqual([body.today, body.page.views], [3, 2]);
});

const forecasts = async (tk) => (await tk.metrics()).thongke_forecast_batches_total;

test('a daemon that was restarted is told who is present', async (t) => {
  const tk = await start(t);
  for (let n = 0; n < 12; n++) await tk.hit({ page: '/a', visitor: token() });
  await tk.stop();
  await tk.start();
  let [n, answer] = [12];
  const isForecast = async () => {
    answer = await tk.hit({ page: '/a', visitor: token(), id: null });
    n++;
    return (await forecasts(tk)) > 0;
  };
  await waitUntil(isForecast, { what: 'a hit that is forecast' });
  assert.deepEqual([answer.body.online, answer.body.total], [n, n]);
  assert.equal(await tk.redis.cmd('ZCARD', 'tk:{demo}:online'), n);
});

test('another’s heartbeat is not taken for nobody’s', async (t) => {
  const one = await start(t);
  const two = await start(t, { beside: one });
  const visitor = token();
  for (let n = 0; n < 12; n++) await one.hit({ page: '/a', visitor: token() });
  assert.ok((await forecasts(one)) > 0);
  assert.equal((await two.hit({ visitor, type: 'beat', id: null, page: '/a' })).body.online, 13);
  const { body } = await one.hit({ page: '/a', visitor: token() });
  assert.deepEqual([body.online, body.total], [14, 13]);
  await one.hit({ page: '/a', visitor });
  assert.equal(Number(await one.redis.cmd('HGET', 'tk:{demo}:counts', 'visits')), 13);
});

test('the next window of ids needs no look', async (t) => {
  const tk = await start(t, { daemon: { test_clock: 'yes', dedupe_window: '60s' } });
  let now = Date.parse(`${new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10)}T01:00:00+07:00`);
  const id = token();
  let before = 0;
  for (let minute = 0; minute < 14; minute++, now += 60_000) {
    await request('POST', `${tk.admin}/clock`, { body: String(now) });
    if (minute === 10) before = await forecasts(tk);
    const { body } = await tk.hit({ page: '/a', id: minute === 11 ? id : undefined });
    assert.equal(body.total, minute + 1);
  }
  assert.equal((await forecasts(tk)) - before, 4);
  now -= 120_000; // a minute after the id
  await request('POST', `${tk.admin}/clock`, { body: String(now) });
  assert.equal((await tk.hit({ page: '/a', id })).body.total, 14);
});

test('who was only in a batch that Redis refused is not present', async (t) => {
  const tk = await start(t);
  const key = 'tk:{demo}:online';
  for (let n = 0; n < 4; n++) await tk.hit({ page: '/a', visitor: token() });
  assert.ok((await forecasts(tk)) > 0);
  await tk.redis.cmd('RENAME', key, `${key}:aside`);
  await tk.redis.cmd('SET', key, 'no sorted set');
  assert.equal((await tk.hit({ page: '/a', type: 'beat', id: null, visitor: token() })).status, 503);
  await tk.redis.cmd('RENAME', `${key}:aside`, key);
  assert.equal((await tk.hit({ page: '/a', visitor: token() })).body.online, 5);
  assert.equal(await tk.redis.cmd('ZCARD', key), 5);
});

test('who was seen since a backup that is restored is not present', async (t) => {
  const tk = await start(t, { redis: { appendonly: 'no' }, daemon: { retention: '0s' } });
  for (let n = 0; n < 4; n++) await tk.hit({ page: '/a', visitor: token() });
  await tk.redis.cmd('SAVE');
  const before = await forecasts(tk);
  await tk.hit({ page: '/a', type: 'beat', id: null, visitor: token() });
  assert.equal((await forecasts(tk)) - before, 1);
  await tk.redis.kill();
  await tk.redis.start();
  await tk.expectMetric('thongke_lost_batches_total', 1);
  assert.equal((await tk.hit({ page: '/a', visitor: token() })).body.online, 5);
  assert.equal(await tk.redis.cmd('ZCARD', 'tk:{demo}:online'), 5);
});

test('a robot at the other daemon disturbs nobody', async (t) => {
  const one = await start(t);
  const two = await start(t, { beside: one });
  await two.hit({ page: '/a', headers: robot }); // its first batch does
  for (let n = 0; n < 12; n++) await one.hit({ page: '/a', visitor: token(), id: null });
  const before = await forecasts(one);
  await two.hit({ page: '/a', headers: robot });
  for (let n = 0; n < 5; n++) await one.hit({ page: '/a', visitor: token(), id: null });
  assert.equal((await forecasts(one)) - before, 5);
});

test('who was forgotten is there again when the clock is set back', async (t) => {
  const tk = await start(t, { daemon: { test_clock: 'yes' } });
  const one = Date.parse(`${new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10)}T01:00:00+07:00`);
  const at = (now) => request('POST', `${tk.admin}/clock`, { body: String(now) });
  const visitor = token();
  await at(one);
  for (let n = 0; n < 4; n++) await tk.hit({ page: '/a', visitor: token(), id: null });
  await tk.hit({ page: '/a', visitor, id: null });
  await at(one + 10 * minute);
  await tk.hit({ page: '/a', visitor: token(), id: null });
  await at(one + 31 * minute); // it is not time to tell Redis to forget them
  await tk.hit({ page: '/a', visitor: token(), id: null });
  await at(one + 1_000);
  const { body } = await tk.hit({ page: '/a', visitor, id: null });
  assert.equal(body.online, await tk.redis.cmd('ZCOUNT', 'tk:{demo}:online', one + 1_000 - online, '+inf'));
  assert.equal(Number(await tk.redis.cmd('HGET', 'tk:{demo}:counts', 'visits')), 7);
});

test('more are present than are told at once', async (t) => {
  const tk = await start(t);
  const [now, args] = [Date.now(), []];
  for (let n = 0; n < 2_500; n++) args.push(now - 200_000 + 10 * n, token().slice(0, 8));
  await tk.redis.cmd('ZADD', 'tk:{demo}:online', ...args);
  let n = 2_500;
  const isForecast = async () => {
    assert.equal((await tk.hit({ page: '/a', visitor: token(), id: null })).body.online, ++n);
    return (await forecasts(tk)) > 0;
  };
  await waitUntil(isForecast, { what: 'a hit that is forecast' });
});
