// A life: a Redis, one or more daemons on it, and the book of all hits they were sent.  Faults befall it in rounds; at
// the end of each, once all is settled, Redis is compared with the book, hit by hit.
import fs from 'node:fs';
import path from 'node:path';
import { logFile, start, tempDir, top, waitUntil } from '../e2e/harness.mjs';
import { redisServer } from '../e2e/redis.mjs';
import { mend } from './aof.mjs';
import { crowd } from './crowd.mjs';
import { isExact, ledger } from './ledger.mjs';

const SETTLED_MS = 30_000;

/**
 * Start one.  options are start()'s of tests/e2e/harness.mjs, and
 *   daemons     how many (1), all on one Redis
 *   each(i)     options for [daemon] of daemon i
 *   prepare     called with the life when Redis runs and no daemon does; answers options that count more
 *   redisDir    called with the life; answers the folder for Redis's files
 */
export async function live(name, options = {}) {
  const enders = []; // the last first
  const sites = options.sites ?? { one: {}, two: {}, three: {} };
  const book = ledger(Object.keys(sites));
  const daemons = [];
  const absences = []; // of Redis: { from, to }
  const crowds = [];

  const life = {
    name,
    book,
    daemons,
    rounds: 0,
    /** What rounds of one life keep for each other. */
    kept: {},
    get tk() {
      return daemons[0];
    },
    redis: null,
    redisDir: tempDir(),
    redisLog: logFile({ name }, 'redis'),
    /** When the life ends. */
    after: (fn) => enders.unshift(fn),

    /** Visitors come to its daemons: see crowd.mjs. */
    crowd(how = {}) {
      const one = crowd(book, how.doors ?? daemons, how);
      crowds.push(one);
      return one;
    },

    /** From now on, until back(), Redis can not take anything. */
    away: () => absences.push({ from: performance.now(), to: Infinity }),
    back: () => absences.filter(({ to }) => to === Infinity).forEach((one) => (one.to = performance.now())),
    async killRedis() {
      await life.redis.kill();
      life.away();
    },
    async startRedis() {
      life.back();
      await mend(life.redisDir);
      await life.redis.start();
    },

    /** Every daemon has Redis, knows what that has, and has nothing more. */
    async settle() {
      for (const tk of daemons) {
        let last;
        const settled = async () => (await hasAsked(tk, book.sites[0])) && isSettled((last = await tk.metrics()));
        await waitUntil(settled, { timeout: SETTLED_MS, what: 'all to be settled' }).catch((error) => {
          throw new Error(`${error.message}: ${JSON.stringify(pick(last))}`);
        });
      }
    },
    /** Settle, compare, and throw if a hit is lost or twice, or anything else wrong. */
    async verify() {
      await life.settle();
      const found = (life.found = await book.check(life.redis));
      if (!isExact(found)) throw new Error(`not exact: ${summary(found)}`);
    },
    /** How long acknowledgements took that came while Redis was away. */
    timesAway: () => book.hits.filter((hit) => absences.some(({ from, to }) => hit.at > from && hit.at < to)).map((hit) => hit.ms),
    refused: () => crowds.reduce((sum, one) => sum + one.state.refused, 0),
    /** Nobody comes any more, whatever they wait for. */
    abandon: () => Promise.all(crowds.map((one) => one.abandon())),
    async end() {
      await life.abandon();
      const complaints = [];
      for (const end of enders) await end().catch((error) => complaints.push(error.message));
      if (complaints.length) throw new Error(complaints.join('\n'));
    },
    keepEvidence: (error) => keepEvidence(life, error),
  };

  const socketDir = life.redisDir;
  life.redisDir = options.redisDir?.(life) ?? socketDir;
  life.redis = redisServer(socketDir, { dir: life.redisDir, ...options.redis }, life.redisLog);
  life.after(life.redis.stop);
  await life.redis.start();
  await startDaemons(life, { ...options, sites });
  return life;
}

async function startDaemons(life, options) {
  const { daemons: count = 1, prepare = () => ({}), ...given } = options;
  const { each = () => ({}), ...all } = { ...given, ...(await prepare(life)) };
  for (let i = 0; i < count; i++) {
    const scope = { name: `${life.name} ${i}`, after: life.after };
    const own = { ...all, beside: { redis: life.redis }, daemon: { redis_timeout: '40ms', rewrite_log: 'no', ...all.daemon, ...each(i) } };
    life.daemons.push(await start(scope, own));
  }
}

// Redis answers in order: an answer of its own to this question comes after those about the markers, which are asked
// for when the link is made.  Only then is it known what Redis has lost.
async function hasAsked(tk, site) {
  const { status, body } = await tk.counts({ site, page: '/' });
  return status === 200 && !body.stale;
}

const isSettled = (metrics) =>
  metrics.thongke_redis_up === 1 && metrics.thongke_pending_hits === 0 && metrics.thongke_unapplied_batches === 0;
const pick = (metrics) => Object.fromEntries(Object.entries(metrics ?? {}).filter(([name]) => /redis_up|pending|batches|spool/.test(name)));

export const summary = ({ sent, acknowledged, counted, lost, twice, wrong }) =>
  `${sent} sent, ${acknowledged} acknowledged, ${counted} counted, ${lost.length} lost, ${twice.length} twice` +
  (wrong.length ? `; ${wrong.slice(0, 5).join('; ')}` : '');

/** Logs, data and the hits that are wrong, in build/fault-evidence/. */
function keepEvidence(life, error) {
  const to = `${top}/build/fault-evidence/${life.name.replace(/[^\p{L}\p{N}]+/gu, '-')}-${Date.now()}`;
  fs.mkdirSync(to, { recursive: true });
  const { lost = [], twice = [], wrong = [], ...counts } = life.found ?? {};
  const told = { error: error.stack, rounds: life.rounds, ...counts, wrong, lost, twice };
  fs.writeFileSync(`${to}/found.json`, JSON.stringify(told, null, 1));
  const isPlain = (one) => fs.lstatSync(one).isFile() || fs.lstatSync(one).isDirectory(); // no sockets
  const logs = [life.redisLog, ...life.daemons.flatMap((tk) => tk.logFiles)].filter((log) => fs.existsSync(log));
  for (const log of logs) fs.copyFileSync(log, `${to}/${path.basename(log)}`);
  fs.cpSync(life.redisDir, `${to}/redis`, { recursive: true, filter: isPlain });
  life.daemons.forEach((tk, i) => fs.cpSync(tk.dir, `${to}/daemon-${i}`, { recursive: true, filter: isPlain }));
  return path.relative(top, to);
}
