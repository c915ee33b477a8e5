// A Redis of its own, on which a batch that a daemon has sent is applied again and again, each time to the same state.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { logFile, tempDir, top } from '../e2e/harness.mjs';
import { connect, redisServer } from '../e2e/redis.mjs';

export const script = (name) => fs.readFileSync(`${top}/daemon/store/${name}.lua`, 'utf8');

/** Redis's own refusal, as a value. */
export const refusal = (promise) => promise.then(() => null, (error) => error.message);

// A script whose call of that number fails, as redis.pcall does where it is tried; it answers what it would have been.
const failing = (fatal, text) => `
local position, fatal, failed = 0, ${fatal}, nil
local real = redis
local redis = { error_reply = real.error_reply, acl_check_cmd = real.acl_check_cmd }
function redis.pcall(...)
  position = position + 1
  if position ~= fatal then return real.pcall(...) end
  failed = real.error_reply('POSITION ' .. (...))
  return failed
end
function redis.call(...)
  local answer = redis.pcall(...)
  return type(answer) == 'table' and answer.err and error(answer.err, 0) or answer
end
local function whole()
${text}
end
local ran, answer = pcall(whole)
return failed or ran and answer or error(answer, 0)
`;

// Of a payload: where its ids begin, how many there are, of visitors and of those who are moved, how long what is known
// of each hit is; times to live, before when one was seen who is forgotten, and how many visitors come.
const places = `
local tail, _, _, _, forgotten, _, presence_ttl, ids_ttl, _, _, _, _, ids_n, stayed_n, came_n, moved_n, each_size = cmsgpack.unpack_limit(ARGV[1], 16, 0)
return { tail, ids_n, stayed_n + came_n, moved_n, each_size, presence_ttl, ids_ttl, string.sub(forgotten, 2), came_n }
`;

/**
 * command is a batch as captured by a proxy; settings are Redis's own.  Answers
 *   restart(fn)  kill Redis and start it again; fn is told where its files are meanwhile
 *   keys         { marker, counts, pages, online, ids … repeats }, as apply.lua has them; folded, those of fold.lua
 *   payload      its bytes
 *   cmd(…)       Redis
 *   build(fn)    empty it, let fn fill it, and remember: reset() goes back to that
 *   digest()     of all that is stored, TTLs being there or not included
 *   apply(n)     apply.lua, as the n-th batch or as its own; applyFailingAt(k): one whose k-th redis.call fails
 *   forecast()   what a daemon would tell forecast.lua that has written all that is there; applyForecast(it), or by a
 *                connection; applyForecastOfMany(it): with the day's visitors; applyForecastFailingAt(k, it)
 *   applyEach()  one that looks at each hit, even where the batch could be counted as a whole
 *   fold()       fold.lua on the day of the batch: how many tallies are left; foldSome(most, bytes): so many at once;
 *                foldBySum(n, last, sum): if the first n are what that is the sum of
 *   as(user)     a connection of that user; applyAs(it) runs the script there
 */
export async function scratch(t, command, settings = {}) {
  const dir = tempDir();
  const redis = redisServer(dir, { appendonly: 'no', 'enable-debug-command': 'local', ...settings }, logFile(t, 'scratch'));
  t.after(redis.stop);
  await redis.start();
  let saved;
  async function save() {
    saved = connect(redis.socket);
    await saved.cmd('SELECT', 1);
  }
  await save();
  t.after(async () => saved.close());

  const names = ['marker', 'counts', 'pages', 'online', 'ids', 'idsBefore', 'idsAfter', 'tallies', 'repeats'];
  const keys = Object.fromEntries(names.map((name, i) => [name, command[3 + i].toString()]));
  const folded = { dayPages: 'pages', details: 'details', referrers: 'referrers', visitors: 'visitors' };
  for (const [name, noun] of Object.entries(folded)) folded[name] = keys.tallies.replace(':tallies:', `:${noun}:`);
  const [sequence, payload, writer] = command.slice(3 + names.length);
  const run = (text, by = redis, as = sequence) => by.cmd('EVAL', text, names.length, ...Object.values(keys), as, payload, writer);
  const forecastKeys = ['marker', 'counts', 'pages', 'online', 'ids', 'tallies'].map((name) => keys[name]);
  const runForecast = (text, by, forecast, { more = [], as = sequence } = {}) =>
    by.cmd('EVAL', text, forecastKeys.length + more.length, ...forecastKeys, ...more, as, ...forecast);

  const fold = (text, by, ...args) => by.cmd('EVAL', text, 5, keys.tallies, ...Object.values(folded), ...args);

  async function reset() {
    await redis.cmd('FLUSHDB');
    for (const key of await saved.cmd('KEYS', '*')) await saved.cmd('COPY', key, key, 'DB', 0);
  }

  return {
    async restart(meanwhile = () => {}) {
      saved.close();
      await redis.kill();
      await meanwhile(dir);
      await redis.start();
      await save();
    },
    keys,
    folded,
    payload,
    writer,
    sequence: Number(sequence),
    cmd: redis.cmd,
    reset,
    async build(fill) {
      await redis.cmd('FLUSHALL');
      await fill();
      for (const key of await redis.cmd('KEYS', '*')) await redis.cmd('COPY', key, key, 'DB', 1);
      await reset();
    },
    digest: () => redis.cmd('DEBUG', 'DIGEST'),
    apply: (as) => run(script('apply'), redis, as),
    applyFailingAt: (k) => run(failing(k, script('apply'))),
    async forecast() {
      const field = /\d+$/.exec(keys.tallies)[0];
      const hits = (await redis.cmd('HGET', keys.counts, 'hits')) ?? '0';
      const [ids, pages] = await Promise.all([redis.cmd('SCARD', keys.ids), redis.cmd('HLEN', keys.pages)]);
      const [tail, nids, nseen, nmoved, each, presence, kept, forgotten, comers] = await redis.cmd('EVAL', places, 0, payload);
      const [presenceAt, movedAt] = [tail + 8 * nids, tail + 8 * nids + 21 * nseen];
      const parts = [payload.subarray(tail, presenceAt), payload.subarray(presenceAt, movedAt), payload.subarray(movedAt + 16 * nmoved + each)];
      const views = async () => {
        const paths = await redis.cmd('HKEYS', keys.pages);
        return new Map(await Promise.all(paths.map(async (path) => [path, await redis.cmd('HGET', keys.pages, path)])));
      };
      const was = await views();
      const opened = (await run(script('apply')))[11];
      const [hitsThen, todayThen, ...visits] = await redis.cmd('HMGET', keys.counts, 'hits', field, 'visits', `v${field}`);
      const changed = [...(await views())].filter(([path, n]) => n !== was.get(path));
      await reset();
      const what = (opened > 0 ? 1 : 0) + 2;
      const rest = `${what} ${kept} ${presence} ${kept} ${comers} ${forgotten}`;
      return [hits, pages, ids, ...parts, rest, hitsThen, todayThen, ...(opened > 0 ? visits : []), ...changed.flat()];
    },
    applyForecast: (forecast, by = redis, as = sequence) => runForecast(script('forecast'), by, forecast, { as }),
    applyForecastOfMany: (forecast, by = redis) => runForecast(script('forecast'), by, forecast, { more: [folded.visitors] }),
    applyForecastFailingAt: (k, forecast) => runForecast(failing(k, script('forecast')), redis, forecast),
    applyEach() {
      const whole = script('apply');
      const each = whole.replace('local plain = as_a_whole and', 'local plain = false and');
      assert.notEqual(each, whole);
      return run(each);
    },
    fold: async () => (await fold(script('fold'), redis, 64, 1 << 20, 0))[0],
    foldBySum: async (...told) => (await fold(script('fold'), redis, 64, 1 << 20, ...told)).slice(0, 2),
    foldAs: (by) => fold(script('fold'), by, 64, 1 << 20, 0),
    foldSome: async (most, bytes) => (await fold(script('fold'), redis, most, bytes, 0))[0],
    foldFailingAt: (k) => fold(failing(k, script('fold')), redis, 64, 1 << 20, 0),
    applyAs: (by) => run(script('apply'), by),
    async as(user) {
      const connection = connect(redis.socket);
      t.after(async () => connection.close());
      await connection.cmd('AUTH', user, 'any');
      return connection;
    },
  };
}
