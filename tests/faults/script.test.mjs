// apply.lua and forecast.lua fail at every position at which they can, and a batch is sent again: once and whole, or not at all.
//
// Redis does not roll a script back.  So all that can fail for a real reason must fail before the first write, which is
// the marker's SET: types and numbers are checked, rights are checked when the link is made, memory is refused to the
// first write only.  What forecast.lua finds out by its first two writes is put back.  Each of these is provoked here, on a
// batch as a daemon sent it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { request, tempDir } from '../e2e/harness.mjs';
import { waitUntil } from '../e2e/process.mjs';
import { appendFile, mend } from './aof.mjs';
import { isBatch, payloadOf, proxy } from './proxy.mjs';
import { fault } from './rounds.mjs';
import { refusal, scratch, script } from './scratch.mjs';

// ---- batches as they are sent

async function prepare(life) {
  life.kept.batches = [];
  const keep = (command) => isBatch(command) && !life.kept.batches.push(command);
  const eye = await proxy(`${tempDir()}/eye`, () => life.redis.socket, keep);
  life.after(async () => eye.close());
  life.kept.cut = eye.cutAll;
  return { daemon: { redis: `unix:${eye.path}`, spool_dir: '', commit_timeout: 20_000, redis_dead: 60_000, test_clock: 'yes' } };
}

// Shortly after midnight there is most to do: visitors are known by yesterday's name too.
const shortlyAfterMidnight = Date.parse('2026-11-24T00:05:00+07:00');
const noon = Date.parse('2026-11-24T12:00:00+07:00');

/** The largest batch of so many hits to one site that came while the daemon tried to connect to a Redis that stood still. */
async function capture(life, hits, moment = shortlyAfterMidnight) {
  await request('POST', `${life.tk.admin}/clock`, { body: String(moment) });
  life.redis.freeze();
  life.kept.cut();
  await waitUntil(async () => (await life.tk.metrics()).thongke_redis_up === 0, { what: 'the daemon to know it' });
  const people = life.crowd({ connections: 32, gone: 1, pace: 0 });
  await waitUntil(() => people.state.left >= hits, { what: 'all to have come' });
  await people.finish();
  await waitUntil(async () => (await life.tk.metrics()).thongke_pending_hits >= hits, { what: 'all to be taken' });
  life.redis.thaw();
  await life.settle();
  const counted = "return (select(12, cmsgpack.unpack_limit(ARGV[1], 16, 0)))"; // hits, as payload.h has them
  const sizes = new Map();
  for (const batch of life.kept.batches) sizes.set(batch, await life.redis.cmd('EVAL', counted, 0, payloadOf(batch)));
  const [largest] = life.kept.batches.sort((a, b) => sizes.get(b) - sizes.get(a));
  return largest;
}

const world = { short: 1, long: 'all', sites: { one: { repeat_window: '600s' } }, prepare };

// ---- what Redis holds before

// Where the names lie in a payload (payload.h).
const payloadHead = 'local at, ids, stayed, came, moved = (function(end_of_head, ...) return end_of_head, select(12, ...) end)(cmsgpack.unpack_limit(ARGV[1], 16, 0))';

const states = {
  nothing: async () => {},
  'an older day': async ({ cmd, keys }) => {
    await cmd('HSET', keys.counts, 'hits', 100, 'generation', 2, 'newest', 20200101, 'opening', 5);
    await cmd('HSET', keys.pages, '/a', 60, '/b', 40);
    await cmd('SADD', keys.idsBefore, 'unknown');
    await cmd('ZADD', keys.online, 1, 'long ago');
  },
  'a newer day': async ({ cmd, keys }) => {
    await cmd('HSET', keys.counts, 'hits', 7, 'newest', 20991231);
    await cmd('HSET', keys.pages, '/a', 7);
  },
  'all ids known': async (it) => {
    await it.apply();
    await it.cmd('SET', it.keys.marker, it.sequence - 1);
  },
  'some ids known': async (it) => {
    await states['all ids known'](it);
    await it.cmd('SPOP', it.keys.ids, Math.floor((await it.cmd('SCARD', it.keys.ids)) / 2));
  },
};

states['all ids known by retries'] = async (it) => {
  await states['all ids known'](it);
  await it.cmd('RENAME', it.keys.ids, it.keys.idsAfter);
};

states['visitors from before midnight'] = async ({ cmd, keys, payload }) => {
  const text = `${payloadHead} for i = at + 8 * ids + 21 * (stayed + came), at + 8 * ids + 21 * (stayed + came) + 8 * moved - 1, 8 do redis.call('ZADD', KEYS[1], ARGV[2], string.sub(ARGV[1], i + 1, i + 8)) end`;
  await cmd('EVAL', text, 1, keys.online, payload, shortlyAfterMidnight - 60_000);
  assert.ok((await cmd('ZCARD', keys.online)) > 0);
};

// Around the moment at which a visitor is forgotten, and a new visit begins.
states['visitors who were just leaving'] = async ({ cmd, keys, payload }) => {
  const text = `${payloadHead} for i = 0, came - 1 do local one = string.sub(ARGV[1], at + 8 * ids + 21 * (stayed + i) + 1, at + 8 * ids + 21 * (stayed + i) + 21) redis.call('ZADD', KEYS[1], string.sub(one, 1, 13) - 1800000 + i % 3 - 1, string.sub(one, 14)) end return came`;
  assert.ok((await cmd('EVAL', text, 1, keys.online, payload)) >= 6);
};

const buildWith = (it, fill) =>
  it.build(async () => {
    if (it.sequence > 1) await it.cmd('SET', it.keys.marker, it.sequence - 1);
    await fill(it);
  });

const build = (it, state) => buildWith(it, states[state]);

/** The digests of the state that reset() makes, and of the same with the batch applied once. */
async function beforeAndAfter(it) {
  await it.reset();
  const before = await it.digest();
  const [outcome] = await it.apply();
  assert.equal(outcome, 1);
  const after = await it.digest();
  assert.notEqual(after, before);
  return { before, after };
}

/** It fails as it should, has written nothing, and once the cause is gone applies as if nothing had been. */
async function failsCleanly(it, { spoil, mend, error, after }) {
  await it.reset();
  await spoil();
  const spoilt = await it.digest();
  assert.match((await refusal(it.apply())) ?? 'it was applied', error);
  assert.equal(await it.digest(), spoilt, 'something was written');
  await (mend ?? it.reset)();
  assert.equal((await it.apply())[0], 1);
  assert.equal(await it.digest(), after);
}

// ---- the tests

const behindTheMarker = ['HSET', 'PEXPIRE', 'RPUSH', 'SADD', 'ZADD', 'ZCARD', 'ZCOUNT', 'ZREM', 'ZREMRANGEBYSCORE'];
const behindPresence = ['HSET', 'PEXPIRE', 'RPUSH', 'SADD', 'ZREMRANGEBYSCORE']; // of one that is forecast

/** It fails at each position in each state, made so; which commands come after the marker. */
async function eachPosition(it, names, make = build, failingAt = it.applyFailingAt, lastToFail = 'SET') {
  const afterMarker = new Set();
  let positions = 0;
  for (const state of names) {
    const forecast = await make(it, state);
    const { before, after } = await beforeAndAfter(it);
    let marked = false;
    for (let k = 1; ; k++, positions++) {
      await it.reset();
      const command = /POSITION (\w+)/.exec((await refusal(failingAt(k, forecast))) ?? '')?.[1];
      if (!command) break;
      if (marked) {
        afterMarker.add(command);
        continue;
      }
      assert.equal(await it.digest(), before, `${state}: ${command} at position ${k} fails, and something was written`);
      assert.equal((await it.apply())[0], 1);
      assert.equal(await it.digest(), after, `${state}: ${command} at position ${k} fails, and sent again it is not as once`);
      marked = command === lastToFail;
    }
    assert.equal(await it.digest(), after, 'no position fails, so it is applied');
  }
  return { positions, afterMarker: [...afterMarker].sort() };
}

// ---- batches that are forecast

/** What a writer finds that has written all that is there; its forecast. */
async function buildOwn(it, state) {
  await buildWith(it, async () => {
    await ownStates[state](it);
    await it.cmd('HSET', it.keys.counts, 'writer', it.writer, 'newest', /\d+$/.exec(it.keys.tallies)[0]);
    await it.cmd('SET', it.keys.marker, it.sequence - 1, 'EX', 90 * 86_400);
  });
  return it.forecast();
}

const ownStates = {
  nothing: async () => {},
  'pages and ids': async ({ cmd, keys }) => {
    await cmd('HSET', keys.counts, 'hits', 100, 'visits', 50, 'generation', 2, 'opening', 5);
    await cmd('HSET', keys.pages, '/a', 60, '/b', 40);
    await cmd('SADD', keys.ids, 'one', 'other');
    await cmd('PEXPIRE', keys.ids, 1_000_000);
    await cmd('SADD', keys.idsBefore, 'another');
  },
  'visitors of just now': async ({ cmd, keys, payload }) => {
    const text = `${payloadHead} for i = 0, came - 1, 2 do local one = string.sub(ARGV[1], at + 8 * ids + 21 * (stayed + i) + 1, at + 8 * ids + 21 * (stayed + i) + 21) redis.call('ZADD', KEYS[1], string.sub(one, 1, 13) - 60000 + i, string.sub(one, 14)) end return came`;
    assert.ok((await cmd('EVAL', text, 1, keys.online, payload)) >= 6);
  },
  'others who leave': ({ cmd, keys }) => cmd('ZADD', keys.online, 1, 'long ago', noon - 1_800_001, 'just now'),
};

const whole = { ...world, sites: { one: {} } };
/** The forecast with another text for what is seldom looked at, which is made of the one it has. */
const withRest = (forecast, make) => forecast.map((value, i) => (i === 6 ? make(value) : value));

fault('a batch that is forecast is applied as one that is looked at', whole, async (life) => {
  const it = await scratch(life, await capture(life, 12, noon));
  for (const state of Object.keys(ownStates)) {
    const forecast = await buildOwn(it, state);
    const looked = await it.apply();
    const after = await it.digest();
    await it.reset();
    assert.equal(looked[0], 1);
    assert.equal(await it.applyForecast(forecast), 2, state);
    assert.equal(await it.digest(), after, state);
  }
  // Presence is tended when it is time to, and then has a time to live, which else is left as it is.
  const forecast = await buildOwn(it, 'others who leave');
  const untended = withRest(forecast, (rest) => rest.replace(/^\d/, (what) => what - 2).replace(/ \d+$/, ''));
  for (const [told, holds, left] of [[forecast, (ttl) => ttl > 1_800_000, null], [untended, (ttl) => ttl > 0 && ttl <= 1_000, '1']]) {
    await it.reset();
    await it.cmd('PEXPIRE', it.keys.online, 1_000);
    assert.equal(await it.applyForecast(told), 2);
    assert.ok(holds(await it.cmd('PTTL', it.keys.online)));
    assert.equal(await it.cmd('ZSCORE', it.keys.online, 'long ago'), left);
  }
  return Object.keys(ownStates).length;
});

// Nothing is written then, and apply.lua looks.
fault('a forecast that does not hold is not taken', whole, async (life) => {
  const it = await scratch(life, await capture(life, 12, noon));
  const { cmd, keys } = it;
  const changes = {
    'another was counted': () => cmd('HSET', keys.counts, 'writer', 'f'.repeat(32)),
    'the site was purged': () => cmd('DEL', keys.counts),
    'its hits are others': () => cmd('HSET', keys.counts, 'hits', 99),
    'a page is gone': () => cmd('HDEL', keys.pages, '/a'),
    'ids are gone': () => cmd('DEL', keys.ids),
    'an id is there': () => cmd('SADD', keys.ids, 'a third'),
    'the marker is another': () => cmd('SET', keys.marker, it.sequence),
    'the marker is damaged': () => cmd('SET', keys.marker, '1.5'),
  };
  const forecast = await buildOwn(it, 'pages and ids');
  for (const [what, change] of Object.entries(changes)) {
    await it.reset();
    await change();
    const untouched = await it.digest();
    assert.equal(await it.applyForecast(forecast), -2, what);
    assert.equal(await it.digest(), untouched, what);
  }
  // A marker that is gone becomes 0, which is as much: apply.lua finds a gap.
  await it.reset();
  await cmd('DEL', keys.marker);
  const untouched = await it.digest();
  assert.equal(await it.applyForecast(forecast, undefined, it.sequence + 1), -2);
  assert.deepEqual(await it.apply(it.sequence + 1), [-1, 0]);
  assert.equal(await cmd('GETDEL', keys.marker), '0');
  assert.equal(await it.digest(), untouched);
  return Object.keys(changes).length + 1;
});

fault('each position within forecast.lua', whole, async (life) => {
  const it = await scratch(life, await capture(life, 12, noon));
  const { positions, afterMarker } = await eachPosition(it, Object.keys(ownStates), buildOwn, it.applyForecastFailingAt, 'ZADD');
  assert.deepEqual(afterMarker, behindPresence);
  return positions;
});

// Redis 7.0 cuts a torn transaction off in its middle, and runs that half the next time but one that it loads its log.  Where
// the tally is in that half the log has to be mended, as scripts/run does.
fault('a log that is torn within a batch that is forecast', whole, async (life) => {
  const it = await scratch(life, await capture(life, 12, noon), { appendonly: 'yes', appendfsync: 'always', 'aof-load-truncated': 'yes' });
  const cuts = ['ZADD', 'SADD', 'HSET', 'RPUSH', 'EXEC'];
  const forecast = await buildOwn(it, 'pages and ids');
  const { after } = await beforeAndAfter(it);
  const marker = () => it.cmd('GET', it.keys.marker);
  for (const cut of cuts) {
    await it.reset();
    assert.equal(await it.applyForecast(forecast), 2);
    await it.restart(async (dir) => {
      const file = appendFile(dir);
      fs.truncateSync(file, fs.readFileSync(file).lastIndexOf(`\r\n${cut}\r\n`) + 2);
      if (cut === 'EXEC') await mend(dir);
    });
    assert.equal(await marker(), String(it.sequence - 1), cut);
    assert.equal(await it.applyForecast(forecast), 2);
    for (let loads = 0; loads < 2; loads++) {
      await it.restart();
      assert.equal(await marker(), String(it.sequence), cut);
      assert.equal(await it.digest(), after, cut);
    }
  }
  return cuts.length;
});

fault('WRONGTYPE of each key, of a batch that is forecast', whole, async (life) => {
  const it = await scratch(life, await capture(life, 12, noon));
  const forecast = await buildOwn(it, 'pages and ids');
  const needed = Object.entries(it.keys).filter(([name]) => !['repeats', 'idsBefore', 'idsAfter'].includes(name));
  for (const [name, key] of needed) {
    await it.reset();
    await it.cmd('DEL', key);
    await makers.stream(it.cmd, key);
    const spoilt = await it.digest();
    assert.equal(await it.applyForecast(forecast), -2, name);
    assert.equal(await it.digest(), spoilt, `${name}: something was written`);
  }
  return needed.length;
});

// Of robots alone, when presence is to be tended.
fault('WRONGTYPE of presence, of a batch that brings nobody', whole, async (life) => {
  const it = await scratch(life, await capture(life, 12, noon));
  const [hits, pages, ids] = await buildOwn(it, 'pages and ids');
  await makers.string(it.cmd, it.keys.online);
  const was = await it.cmd('GET', it.keys.online);
  assert.equal(await it.applyForecast([hits, pages, ids, '', '', 'tally', '2 1 1 1000 0 1']), 2);
  assert.equal(await it.cmd('GET', it.keys.marker), String(it.sequence));
  assert.equal(await it.cmd('LLEN', it.keys.tallies), 1);
  assert.equal(await it.cmd('GET', it.keys.online), was);
  return 1;
});

fault('NOPERM on each command behind the marker, of a batch that is forecast', whole, async (life) => {
  const it = await scratch(life, await capture(life, 12, noon));
  const forecast = await buildOwn(it, 'others who leave');
  const { before } = await beforeAndAfter(it);
  await it.reset();
  await it.cmd('ACL', 'SETUSER', 'foreteller', 'on', 'nopass', '+@all', '~*');
  const user = await it.as('foreteller');
  const commands = ['SET', 'ZADD', ...behindPresence];
  for (const command of commands) {
    await it.cmd('ACL', 'SETUSER', 'foreteller', `-${command}`);
    assert.equal(await it.applyForecast(forecast, user), -2, command);
    assert.equal(await it.digest(), before, `without ${command} something was written`);
    await it.cmd('ACL', 'SETUSER', 'foreteller', '+@all');
  }
  assert.equal(await it.applyForecast(forecast, user), 2);
  return commands.length;
});

// All else is as without them; where they can not be added they are left to the fold.
fault('who comes with a batch that is forecast is among the day’s visitors, once a fold has begun them', whole, async (life) => {
  const it = await scratch(life, await capture(life, 12, noon));
  const { visitors } = it.folded;
  const [stay, come] = await it.cmd('EVAL', `${payloadHead} return { stayed, came }`, 0, it.payload);
  assert.ok(come >= 6, `${come} come`);
  const forecast = await buildOwn(it, 'pages and ids');
  const telling = (comers) => withRest(forecast, (rest) => rest.replace(/\d+(?= \d+$)/, comers));
  assert.deepEqual(telling(come), forecast);
  const add = (n) => it.cmd('PFADD', visitors, ...Array.from({ length: n }, (_, i) => `another ${i}`));
  const estimate = () => it.cmd('PFCOUNT', visitors);
  const known = `${payloadHead} local names = {} for i = stayed + came - ARGV[2], stayed + came - 1 do names[#names + 1] = string.sub(ARGV[1], at + 8 * ids + 21 * i + 14, at + 8 * ids + 21 * i + 21) end return redis.call('PFADD', KEYS[1], unpack(names))`;
  await it.cmd('ACL', 'SETUSER', 'foreteller', 'on', 'nopass', '+@all', '~*');
  const user = await it.as('foreteller');

  const makes = {
    'no fold was there': { make: async () => {} },
    'they are damaged': { make: () => it.cmd('SET', visitors, 'HYLL, and then no more of it') },
    'another type': { make: () => it.cmd('RPUSH', visitors, 'one') },
    'no right to add': { make: () => add(3), without: ['PFADD'] },
    'no right to look': { make: () => add(3), without: ['TYPE'] },
  };
  for (const [what, { make, without = [] }] of Object.entries(makes)) {
    const digests = [];
    for (const apply of [it.applyForecast, it.applyForecastOfMany]) {
      await it.reset();
      await make();
      for (const command of without) await it.cmd('ACL', 'SETUSER', 'foreteller', `-${command}`);
      assert.equal(await apply(forecast, user), 2, what);
      await it.cmd('ACL', 'SETUSER', 'foreteller', '+@all');
      digests.push(await it.digest());
    }
    assert.equal(digests[0], digests[1], what);
  }

  // So many of them, the last in presence, and none of those who stay.
  for (const comers of [1, come - 1, come]) {
    await it.reset();
    await add(3);
    await it.cmd('PEXPIRE', visitors, 1_000);
    assert.equal(await it.applyForecastOfMany(telling(comers)), 3);
    assert.equal(await estimate(), 3 + comers, `${comers} of ${come}, ${stay} stay`);
    assert.ok((await it.cmd('PTTL', visitors)) <= 1_000);
    assert.equal(await it.cmd('EVAL', known, 1, visitors, it.payload, comers), 0, 'others were added');
  }
  // Added again by the fold they count once.
  assert.equal(await it.fold(), 0);
  assert.equal(await estimate(), 3 + come);
  return Object.keys(makes).length + 3;
});

// ---- batches that are not

// After the marker comes only this, and the tests below show that it does not fail.
fault('each position within apply.lua', world, async (life) => {
  const { positions, afterMarker } = await eachPosition(await scratch(life, await capture(life, 12)), Object.keys(states));
  assert.deepEqual(afterMarker, behindTheMarker);
  return positions;
});

fault('each position within apply.lua, of a batch that is counted as a whole', whole, async (life) => {
  const { positions, afterMarker } = await eachPosition(await scratch(life, await capture(life, 12, noon)), Object.keys(states).filter((name) => !/midnight/.test(name)));
  assert.deepEqual(afterMarker, behindTheMarker.filter((command) => command !== 'ZREM'));
  return positions;
});

fault('a batch counted as a whole is counted as each of its hits is', whole, async (life) => {
  const it = await scratch(life, await capture(life, 12, noon));
  for (const state of Object.keys(states).filter((name) => !/midnight/.test(name))) {
    await build(it, state);
    const results = [];
    for (const apply of [it.apply, it.applyEach]) {
      await it.reset();
      const answer = await apply();
      assert.equal(await it.fold(), 0);
      results.push({ answer, digest: await it.digest() });
    }
    assert.deepEqual(results[0], results[1], state);
    assert.equal(results[0].answer[0], 1);
  }
});

fault('each position within fold.lua', world, async (life) => {
  const it = await scratch(life, await capture(life, 12));
  await buildWith(it, async () => {
    assert.equal((await it.apply())[0], 1);
    await it.cmd('HSET', it.folded.dayPages, '/a', 3);
  });
  const unfolded = await it.digest();
  assert.equal(await it.fold(), 0);
  const after = await it.digest();
  assert.notEqual(after, unfolded);
  const behind = new Set();
  let position = 1;
  for (let written = false; ; position++) {
    await it.reset();
    const before = await it.digest();
    const command = /POSITION (\w+)/.exec((await refusal(it.foldFailingAt(position))) ?? '')?.[1];
    if (!command) break;
    if (written) {
      behind.add(command);
      continue;
    }
    assert.equal(await it.digest(), before, `${command} at position ${position} fails, and something was written`);
    assert.equal(await it.fold(), 0);
    assert.equal(await it.digest(), after);
    written = command === 'HSET';
  }
  assert.equal(await it.digest(), after);
  // What comes after the first write does not fail: rights are asked for first.
  assert.deepEqual([...behind].sort(), ['HSET', 'LTRIM', 'PEXPIRE', 'PFADD']);
  await it.cmd('ACL', 'SETUSER', 'folder', 'on', 'nopass', '+@all', '~*');
  const user = await it.as('folder');
  await it.reset();
  const unwritten = await it.digest();
  for (const command of behind) {
    await it.cmd('ACL', 'SETUSER', 'folder', `-${command}`);
    assert.match((await refusal(it.foldAs(user))) ?? 'it was folded', new RegExp(`^NOPERM .*${command}`));
    assert.equal(await it.digest(), unwritten, `without ${command} something was written`);
    await it.cmd('ACL', 'SETUSER', 'folder', '+@all');
  }
  return position;
});

const makers = {
  string: (cmd, key) => cmd('SET', key, 'x'),
  list: (cmd, key) => cmd('RPUSH', key, 'x'),
  hash: (cmd, key) => cmd('HSET', key, 'x', 1),
  set: (cmd, key) => cmd('SADD', key, 'x'),
  zset: (cmd, key) => cmd('ZADD', key, 1, 'x'),
  stream: (cmd, key) => cmd('XADD', key, '*', 'x', 1),
};

fault('fold.lua takes some at once, and one at least', world, async (life) => {
  const it = await scratch(life, await capture(life, 12));
  await buildWith(it, async () => {
    assert.equal((await it.apply())[0], 1);
    const tally = await it.cmd('EVAL', "local t = redis.call('LINDEX', KEYS[1], 0) for _ = 1, 9 do redis.call('RPUSH', KEYS[1], t) end return #t", 1, it.keys.tallies);
    assert.ok(tally > 100);
  });
  const length = Number(await it.cmd('EVAL', "return #redis.call('LINDEX', KEYS[1], 0)", 1, it.keys.tallies));
  assert.deepEqual([await it.foldSome(64, 1), await it.foldSome(64, 2 * length), await it.foldSome(3, 1 << 20), await it.foldSome(64, 1 << 20)], [9, 7, 4, 0]);
  const pages = await it.cmd('HVALS', it.folded.dayPages);
  assert.ok(pages.length > 0 && pages.every((views) => Number(views) % 10 === 0), pages.join());
  return 4;
});

fault('WRONGTYPE of each key', world, async (life) => {
  const it = await scratch(life, await capture(life, 12));
  const right = {
    marker: 'string', counts: 'hash', pages: 'hash', online: 'zset', ids: 'set', idsBefore: 'set', idsAfter: 'set', tallies: 'list',
    repeats: 'zset',
  };
  let causes = 0;
  await build(it, 'an older day');
  const { after } = await beforeAndAfter(it);
  for (const [name, key] of Object.entries(it.keys)) {
    for (const type of Object.keys(makers).filter((one) => one !== right[name])) {
      const spoil = async () => {
        await it.cmd('DEL', key);
        await makers[type](it.cmd, key);
      };
      await failsCleanly(it, { spoil, error: new RegExp(`^WRONGTYPE .* is a ${type}, not a ${right[name]}`), after });
      causes++;
    }
  }
  return causes;
});

fault('WRONGTYPE of each key that is folded into', world, async (life) => {
  const it = await scratch(life, await capture(life, 12));
  await buildWith(it, async () => assert.equal((await it.apply())[0], 1));
  let causes = 0;
  for (const [name, key] of Object.entries(it.folded)) {
    for (const type of Object.keys(makers).filter((one) => name === 'visitors' || one !== 'hash')) {
      await it.reset();
      await makers[type](it.cmd, key);
      const spoilt = await it.digest();
      assert.match((await refusal(it.fold())) ?? 'it was folded', /^WRONGTYPE .* is (a \w+, not a (hash|string)|no HyperLogLog)/);
      assert.equal(await it.digest(), spoilt, 'something was written');
      await it.cmd('DEL', key);
      assert.equal(await it.fold(), 0);
      causes++;
    }
  }
  return causes;
});

// By their sum, as a daemon that knows them tells it, or each looked at: to the same end.
fault('tallies are folded by their sum where they are all of the one who tells it', world, async (life) => {
  const it = await scratch(life, await capture(life, 12));
  await buildWith(it, async () => assert.equal((await it.apply())[0], 1));
  assert.equal(await it.fold(), 0);
  const after = await it.digest();
  const from = it.payload.lastIndexOf(it.keys.marker.split(':').pop().slice(0, 12));
  const [tag, sum] = [it.payload.subarray(from, from + 16), it.payload.subarray(from)];
  const other = Buffer.from('another writer’s').subarray(0, 16);
  const foldsTo = async (args, answer) => {
    await it.reset();
    assert.deepEqual(await it.foldBySum(...args), answer);
    assert.equal(await it.digest(), after);
  };
  const otherSum = Buffer.concat([other, sum.subarray(16)]);
  await foldsTo([1, tag, sum], [0, 1]);
  await foldsTo([1, tag, otherSum], [0, 0]);
  await foldsTo([1, other, sum], [0, 0]);
  await foldsTo([2, tag, sum], [0, 0]);
  // Another's lies between: the sum of two is of no use.
  await it.reset();
  for (const another of [otherSum, sum]) await it.cmd('RPUSH', it.keys.tallies, another);
  assert.deepEqual(await it.foldBySum(2, tag, sum), [0, 0]);
  return 5;
});

fault('DAMAGED numbers at each place', world, async (life) => {
  const it = await scratch(life, await capture(life, 12));
  let causes = 0;
  await build(it, 'an older day');
  const { after } = await beforeAndAfter(it);
  const field = /\d+$/.exec(it.keys.tallies)[0];
  const page = (await it.cmd('HKEYS', it.keys.pages)).find((name) => !['/a', '/b'].includes(name));
  const places = {
    marker: (bad) => it.cmd('SET', it.keys.marker, bad),
    ...Object.fromEntries(['hits', 'visits', 'generation', 'newest', 'opening', field, `v${field}`].map((name) => [name, (bad) => it.cmd('HSET', it.keys.counts, name, bad)])),
    pages: (bad) => it.cmd('HSET', it.keys.pages, page, bad),
  };
  for (const place of Object.values(places)) {
    for (const bad of ['', 'x', '-1', '+1', '01', '1.5', '1e3', ' 1', '1 ', '0x10', 'inf', 'nan', '1'.repeat(16), '9223372036854775807']) {
      await failsCleanly(it, { spoil: () => place(bad), error: /^DAMAGED /, after });
      causes++;
    }
  }
  return causes;
});

const usedMemory = async (it) => Number(/^used_memory:(\d+)/m.exec(await it.cmd('INFO', 'memory'))[1]);

// At each limit it is refused whole or applied whole, though it needs more than there is left.
async function atEachLimit(it, { before, after }, apply) {
  const seen = { refused: 0, applied: 0, beyond: 0 };
  async function tryWith(room) {
    await it.reset();
    const limit = (await usedMemory(it)) + room;
    await it.cmd('CONFIG', 'SET', 'maxmemory', limit);
    const error = await refusal(apply());
    const used = await usedMemory(it);
    await it.cmd('CONFIG', 'SET', 'maxmemory', 0);
    if (error) assert.match(error, /^OOM /);
    assert.equal(await it.digest(), error ? before : after, `${room} bytes left`);
    seen[error ? 'refused' : 'applied']++;
    if (!error && used > limit) seen.beyond++;
    return !error;
  }
  let [low, high] = [0, 1 << 20];
  while (high - low > 64) {
    const middle = (low + high) >> 1;
    if (await tryWith(middle)) high = middle;
    else low = middle;
  }
  // Redis's own buffers grow and shrink between two tries, and the limit moves with them: from where it was found, on to
  // either side until it has been left behind.
  const farthest = 1 << 20;
  for (let room = high, inARow = 0; inARow < 64 && room < high + farthest; room += 64) inARow = (await tryWith(room)) ? inARow + 1 : 0;
  for (let room = low, inARow = 0; inARow < 32 && room > low - farthest; room -= 64) inARow = (await tryWith(room)) ? 0 : inARow + 1;
  assert.ok(seen.refused > 16 && seen.applied > 16, JSON.stringify(seen));
  return seen;
}

fault('OOM at each limit of memory', world, async (life) => {
  const it = await scratch(life, await capture(life, 1_500));
  await build(it, 'an older day');
  const { refused, applied, beyond } = await atEachLimit(it, await beforeAndAfter(it), it.apply);
  assert.ok(beyond > 0);
  return refused + applied;
});

fault('OOM at each limit of memory, of a batch that is forecast', whole, async (life) => {
  const it = await scratch(life, await capture(life, 1_500, noon));
  const forecast = await buildOwn(it, 'visitors of just now');
  // It is not taken then, and it is apply.lua that says why.
  const take = async () => {
    const outcome = await it.applyForecast(forecast);
    if (outcome !== 2) throw new Error('OOM is what apply.lua will say');
  };
  const { refused, applied } = await atEachLimit(it, await beforeAndAfter(it), take);
  return refused + applied;
});

/** What a script calls. */
const commandsOf = (name) => [...new Set([...script(name).matchAll(/\b(?:call|try)\('(\w+)'/g)].map(([, command]) => command))];

fault('NOPERM on each command and key', world, async (life) => {
  const it = await scratch(life, await capture(life, 12));
  const commands = [...new Set(['apply', 'forecast', 'fold', 'skip', 'read'].flatMap(commandsOf))];
  const rules = [...commands.map((command) => [`-${command}`, `may not run ${command}`]), ['resetkeys', ''], ['%R~*', '']];
  assert.ok(commands.length >= 15);
  for (const [i, [rule, error]] of rules.entries()) {
    const keys = rule.includes('~') || rule === 'resetkeys' ? ['resetkeys'] : ['~*'];
    await it.cmd('ACL', 'SETUSER', `user${i}`, 'on', 'nopass', '+@all', ...keys, rule);
    const user = await it.as(`user${i}`);
    const answer = await refusal(user.cmd('EVAL', script('rights'), 0, 'tk:{rights}:counts'));
    assert.match(answer ?? 'all is allowed', new RegExp(`^NOPERM .*${error}`, 'i'), rule);
  }
  return rules.length;
});

// A right may be taken from a user who is connected already.
fault('NOPERM on each command behind the marker', world, async (life) => {
  const it = await scratch(life, await capture(life, 12));
  await buildWith(it, async () => {
    await states['an older day'](it);
    await states['visitors from before midnight'](it);
  });
  const { before, after } = await beforeAndAfter(it);
  await it.reset();
  await it.cmd('ACL', 'SETUSER', 'counter', 'on', 'nopass', '+@all', '~*');
  const user = await it.as('counter');
  for (const command of behindTheMarker) {
    await it.cmd('ACL', 'SETUSER', 'counter', `-${command}`);
    assert.match((await refusal(it.applyAs(user))) ?? 'it was applied', new RegExp(`^NOPERM .* ${command} `));
    assert.equal(await it.digest(), before, `without ${command} something was written`);
    await it.cmd('ACL', 'SETUSER', 'counter', '+@all');
  }
  assert.equal((await it.applyAs(user))[0], 1);
  assert.equal(await it.digest(), after);
  return behindTheMarker.length;
});

fault('a batch of the most hits', world, async (life) => {
  const it = await scratch(life, await capture(life, 1_500));
  await build(it, 'an older day');
  const { after } = await beforeAndAfter(it);
  await it.reset();
  const answer = await it.apply();
  assert.equal(answer[10], 1_000, 'hits in it');
  assert.equal(await it.digest(), after);
  assert.equal((await it.apply())[0], 0, 'sent again it changes nothing');
  assert.equal(await it.digest(), after);
});
