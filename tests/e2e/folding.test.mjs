// What is folded in behind the hits comes to what was counted, whoever folds and whatever is in between; and whatever
// comes first, all that is to expire has a time to live.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { request, start, test, token } from './harness.mjs';
import { waitUntil } from './process.mjs';

const upTo = (n) => Math.floor(Math.random() * n);
const oneOf = (list) => list[upTo(list.length)];
const robot = { 'User-Agent': 'Googlebot/2.1 (+http://www.google.com/bot.html)' };
const daemon = { client_rate: 100_000, client_burst: 100_000, visitors_per_address: 100_000 };

async function hash(tk, key) {
  const list = await tk.redis.cmd('HGETALL', key);
  return Object.fromEntries(list.flatMap((name, i) => (i % 2 === 0 && list[i + 1] !== '0' ? [[name, Number(list[i + 1])]] : [])));
}
const sum = (counts, prefix = '') => Object.entries(counts).reduce((all, [name, n]) => all + (name.startsWith(prefix) ? n : 0), 0);

/** A site's figures of its only day, compared with each other. */
async function compare(tk, site, visitors) {
  const of = (noun) => hash(tk, `tk:{${site}}:${noun}`);
  const [key] = await tk.redis.cmd('KEYS', `tk:{${site}}:pages:*`);
  const day = key.split(':').at(-1);
  const { hits } = await of('counts');
  const pages = await of('pages');
  assert.ok(hits > 100, `${site}: ${hits} hits`);
  assert.equal(sum(pages), hits, `${site}: pages`);
  assert.deepEqual(await of(`pages:${day}`), pages, `${site}: the day's pages`);
  const details = await of(`details:${day}`);
  for (const prefix of ['b:', 's:', 'd:', 'l:', 'c:']) assert.equal(sum(details, prefix), hits, `${site}: ${prefix}`);
  assert.equal(sum(await of(`referrers:${day}`)), hits, `${site}: referrers`);
  const estimated = await tk.redis.cmd('PFCOUNT', `tk:{${site}}:visitors:${day}`);
  assert.ok(Math.abs(estimated - visitors) <= Math.max(1, 0.03 * visitors), `${site}: ${estimated} visitors`);
}

// Hits that are known, repeats, robots, pages without room; two daemons, `thongke top`, cut links, kill -9.
test('two daemons, and much in between', async (t) => {
  const sites = { demo: { pages_max: 40, referrers_max: 8 }, two: {}, three: { repeat_window: '2s' } };
  const one = await start(t, { sites, daemon });
  const two = await start(t, { sites, daemon, beside: one });
  const visitors = Array.from({ length: 40 }, token);
  const ids = [token()];
  let pestering = true;
  async function client(i) {
    for (let n = 0; n < 400 || pestering; n++) {
      const fields = { site: Object.keys(sites)[i % 3], page: `/${upTo(60)}`, visitor: visitors[(n + i) % 40], ref: `r${upTo(12)}.vn`, id: upTo(10) ? token() : oneOf(ids) };
      ids[ids.length < 500 ? ids.length : upTo(500)] = fields.id;
      if (n % 20 === 3) Object.assign(fields, { type: 'beat', id: null });
      if (n % 20 === 4) fields.headers = robot;
      await (i % 4 === 0 ? two : one).hit(fields).catch(() => null); // the one that is killed
    }
  }
  async function pester() {
    for (let n = 0; n < 3; n++) {
      await pause(upTo(300)); // at any moment
      await one.cli('top', 'demo', 'pages');
      await one.redis.cmd('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await two.kill();
      await two.start();
    }
    await one.redis.kill();
    await one.redis.start();
    pestering = false;
  }
  await Promise.all([...Array.from({ length: 8 }, (_, i) => client(i)), pester()]);
  for (const tk of [one, two]) {
    await waitUntil(async () => (await tk.metrics()).thongke_unapplied_batches === 0, { what: 'all to be applied' });
  }
  await one.folded();
  for (const site of Object.keys(sites)) await compare(one, site, 40);
  assert.equal((await one.cli('verify')).code, 0);
});

test('what a lone daemon has left is folded by its sum', async (t) => {
  const tk = await start(t);
  await tk.hit();
  await tk.folded();
  await tk.redis.cmd('CONFIG', 'RESETSTAT');
  for (let n = 0; n < 120; n++) await tk.hit({ page: `/${n % 7}`, visitor: token() });
  await tk.folded();
  const stats = await tk.redis.cmd('INFO', 'commandstats');
  assert.match(stats, /^cmdstat_lindex:/m);
  assert.doesNotMatch(stats, /^cmdstat_lrange:/m);
  await compare(tk, 'demo', 121);
});

// Since CONFIG RESETSTAT: how often Redis was told that command, and how often it did it.
async function calls(tk, command) {
  const stats = await tk.redis.cmd('INFO', 'commandstats');
  const [, told, failed] = new RegExp(`^cmdstat_${command}:calls=(\\d+).*failed_calls=(\\d+)`, 'm').exec(stats) ?? [null, 0, 0];
  return { told: Number(told), done: told - failed };
}

/** So many new visitors' hits, 64 at a time. */
async function crowd(tk, n) {
  for (let sent = 0; sent < n; sent += 64) {
    await Promise.all(Array.from({ length: 64 }, () => tk.hit({ page: `/${upTo(7)}`, visitor: token() })));
  }
}

test('who comes among many is among the day’s visitors at once', async (t) => {
  const tk = await start(t, { daemon });
  await tk.hit();
  await tk.folded();
  await tk.redis.cmd('CONFIG', 'RESETSTAT');
  await crowd(tk, 1920);
  const [{ done: added }, { done: folds }] = [await calls(tk, 'pfadd'), await calls(tk, 'ltrim')];
  assert.ok(added > 2 * folds, `added ${added} times, ${folds} folds`);
  // Who is present and comes again is added once more by a fold at most, and not by batches.
  await tk.redis.cmd('CONFIG', 'RESETSTAT');
  const regulars = Array.from({ length: 64 }, () => token());
  for (let i = 0; i < 8; i++) await Promise.all(regulars.map((visitor) => tk.hit({ page: `/${upTo(7)}`, visitor })));
  await tk.folded();
  const { done: again } = await calls(tk, 'pfadd');
  assert.ok(again <= 4, `added ${again} times`);
  assert.equal((await calls(tk, 'lrange')).done, 0);
  await compare(tk, 'demo', 1985);
});

test('hits are counted where the day’s visitors are forbidden to Redis’s user', async (t) => {
  const tk = await start(t, { daemon });
  await tk.hit();
  await tk.folded();
  const kinds = ['counts', 'pages*', 'online', 'ids:*', 'tallies:*', 'details:*', 'referrers:*', 'writer:*', 'repeats'];
  await tk.redis.cmd('ACL', 'SETUSER', 'default', 'resetkeys', '~tk:key:*', ...kinds.map((kind) => `~tk:{*}:${kind}`));
  await crowd(tk, 640);
  const { thongke_redis_reconnects_total: reconnects, thongke_spooled_hits_total: spooled } = await tk.metrics();
  assert.deepEqual({ reconnects, spooled }, { reconnects: 0, spooled: 0 });
  assert.equal(await tk.redis.cmd('HGET', 'tk:{demo}:counts', 'hits'), '641');
  const forbidden = Number(/^errorstat_NOPERM:count=(\d+)/m.exec(await tk.redis.cmd('INFO', 'errorstats'))?.[1] ?? 0);
  assert.ok(forbidden > 0, 'no forecast was forbidden');
});

// The daemon's sum is of no use then, or they can not be added: it looks at each tally that is there.
for (const [what, { spoil, mend }] of Object.entries({
  'another tally is between': {
    async spoil(tk, key) {
      await tk.redis.cmd('RPUSH', key, 'no tally');
      return 0;
    },
    mend: (tk, key) => tk.redis.cmd('LREM', key, 1, 'no tally'),
  },
  'the tallies were lost': {
    async spoil(tk, key, folded) {
      await tk.redis.cmd('DEL', key);
      return 449 - folded;
    },
    mend: () => {},
  },
  'the estimate is damaged': {
    async spoil(tk, key, folded) {
      await tk.redis.cmd('SET', key.replace('tallies', 'visitors'), 'HYLL, and no more of it');
      return folded;
    },
    mend: () => {},
  },
})) {
  test(`each visitor is in the estimate who is in a tally, or came among many: ${what}`, async (t) => {
    const tk = await start(t, { daemon });
    await tk.hit();
    await tk.folded();
    const [visitors] = await tk.redis.cmd('KEYS', 'tk:{demo}:visitors:*');
    const tallies = visitors.replace('visitors', 'tallies');
    await crowd(tk, 448);
    const lost = await spoil(tk, tallies, await tk.redis.cmd('PFCOUNT', visitors));
    await tk.redis.cmd('CONFIG', 'RESETSTAT');
    await crowd(tk, 1024);
    assert.ok((await calls(tk, 'pfadd')).told > 0, 'nobody was to be added with his batch');
    await mend(tk, tallies);
    await tk.folded();
    const [estimated, exact] = [await tk.redis.cmd('PFCOUNT', visitors), 1473 - lost];
    assert.ok(Math.abs(estimated - exact) <= 0.03 * exact, `${estimated} visitors of ${exact}`);
  });
}

const steps = {
  'a robot first': (tk) => tk.hit({ headers: robot }),
  'a beat first': (tk) => tk.hit({ type: 'beat', id: null }),
  'one that was folded': async (tk) => {
    await tk.hit();
    await tk.folded();
  },
  'one before a purge': async (tk) => {
    await tk.hit();
    assert.equal((await tk.cli('purge', 'site', 'demo', '--yes')).code, 0);
  },
  'one that was refused for good': async (tk) => {
    await tk.redis.cmd('SET', 'tk:{demo}:counts', 'x');
    await tk.hit();
    await tk.redis.cmd('DEL', 'tk:{demo}:counts');
  },
};
// The site's only visitor, under yesterday's name and then under today's; one who is pruned as another comes.
for (const [what, moments] of Object.entries({
  'a visitor at midnight': ['2026-11-24T23:59:50+07:00', '2026-11-25T00:00:10+07:00'],
  'one who comes as the other is forgotten': ['2026-11-24T12:00:00+07:00', '2026-11-24T12:30:59+07:00'],
})) {
  test(`who is online has a time to live: ${what}`, async (t) => {
    const tk = await start(t, { daemon: { ...daemon, test_clock: 'yes' } });
    const visitors = [token(), what.includes('midnight') ? null : token()];
    for (const [i, moment] of moments.entries()) {
      await request('POST', `${tk.admin}/clock`, { body: String(Date.parse(moment)) });
      await tk.hit({ page: '/a', visitor: visitors[i] ?? visitors[0] });
    }
    assert.equal(await tk.redis.cmd('ZCARD', 'tk:{demo}:online'), 1);
    assert.ok((await tk.redis.cmd('PTTL', 'tk:{demo}:online')) > 1_800_000 - 60_000);
  });
}

test('a day whose visitors were lost is estimated anew, without those who are not seen again', async (t) => {
  const tk = await start(t, { daemon });
  const visitors = Array.from({ length: 20 }, token);
  const all = async (page) => {
    for (const visitor of visitors) await tk.hit({ page, visitor });
    await tk.folded();
    const [key] = await tk.redis.cmd('KEYS', 'tk:{demo}:visitors:*');
    return key ? tk.redis.cmd('PFCOUNT', key) : 0;
  };
  assert.ok((await all('/a')) >= 19);
  assert.equal((await tk.cli('purge', 'site', 'demo', '--yes')).code, 0);
  await tk.hit({ visitor: token() });
  await tk.folded();
  assert.ok((await all('/b')) >= 19);
});

test('whose estimate was lost is in it again when he comes again, though others came before', async (t) => {
  const tk = await start(t, { daemon });
  const regulars = Array.from({ length: 64 }, token);
  const all = async () => {
    for (const visitor of regulars) await tk.hit({ visitor }); // each alone, so that a fold is to add him
  };
  await tk.hit({ visitor: regulars[0] });
  await tk.folded(); // from here on its sums are known
  await all();
  await tk.folded();
  const [key] = await tk.redis.cmd('KEYS', 'tk:{demo}:visitors:*');
  await tk.redis.cmd('DEL', key);
  await crowd(tk, 832);
  await tk.folded();
  await tk.redis.cmd('CONFIG', 'RESETSTAT');
  await all();
  await tk.folded();
  assert.equal((await calls(tk, 'lrange')).done, 0, 'there was no sum');
  const estimated = await tk.redis.cmd('PFCOUNT', key);
  assert.ok(Math.abs(estimated - 896) <= 0.03 * 896, `${estimated} visitors of 896`);
});

for (const [what, step] of Object.entries(steps)) {
  test(`what is to expire has a time to live: ${what}`, async (t) => {
    const tk = await start(t);
    await step(tk);
    assert.equal((await tk.hit({ page: '/a', visitor: token() })).status, 200);
    const endless = [];
    for (const key of await tk.redis.cmd('KEYS', 'tk:{demo}:*')) if ((await tk.redis.cmd('PTTL', key)) < 0) endless.push(key);
    assert.deepEqual(endless.sort(), ['tk:{demo}:counts', 'tk:{demo}:pages']);
  });
}
