// Redis comes back with less than it had.  What is kept is put back; what is not is said, and all that comes after is
// exact.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe } from 'node:test';
import { waitUntil } from '../e2e/harness.mjs';
import { appendFile, appended, growth } from './aof.mjs';
import { random } from './crowd.mjs';
import { fault, isLong } from './rounds.mjs';

const RETENTION_MS = 1_000;
const SURE_MS = RETENTION_MS / 2; // what was acknowledged so shortly before is kept for sure
const sizes = { short: 1, long: 3, perLife: 1, lanes: 3, daemon: { retention: RETENTION_MS / 1_000 } };
const unhurried = { connections: 16, pace: 20 };

const lostBatches = async (life) => (await life.tk.metrics()).thongke_lost_batches_total;

/** Visitors come until what was acknowledged at first is not kept any more. */
async function beyondRetention(life, people) {
  const until = performance.now() + 1.5 * RETENTION_MS;
  while (performance.now() < until) await people.acknowledgements(1);
}

/** All that was acknowledged from then on must be there; of what was before only if it was kept. */
async function isSaid(life, since, instant) {
  life.book.giveUp((hit) => hit.sent < instant && !(hit.at !== null && (hit.at < since || hit.at > instant - SURE_MS)));
  await waitUntil(async () => (await lostBatches(life)) > 0, { what: 'the loss to be counted' });
  assert.match(life.tk.log, /Redis has lost what it had acknowledged: \d+ batches before \d+ are gone/);
}

describe('Redis comes back with less', { concurrency: !isLong }, () => {
  fault('FLUSHALL, beyond what is kept', sizes, async (life) => {
    const people = life.crowd({ ...unhurried, retry: random(2) === 0 });
    await beyondRetention(life, people);
    const instant = performance.now();
    await life.redis.cmd('FLUSHALL');
    await people.acknowledgements(200);
    await people.finish();
    await isSaid(life, 0, instant);
  });

  fault("yesterday's backup restored", sizes, async (life) => {
    const people = life.crowd({ ...unhurried, retry: random(2) === 0 });
    await people.acknowledgements(100);
    const backup = `${life.redisDir}/backup`;
    fs.cpSync(`${life.redisDir}/appendonlydir`, backup, { recursive: true });
    const since = performance.now() - 100; // a hit that was just acknowledged may not be on the disk yet
    await beyondRetention(life, people);
    const instant = performance.now();
    await life.killRedis();
    fs.rmSync(`${life.redisDir}/appendonlydir`, { recursive: true });
    fs.renameSync(backup, `${life.redisDir}/appendonlydir`);
    await people.acknowledgements(100);
    await life.startRedis();
    await people.acknowledgements(100);
    await people.finish();
    await isSaid(life, since, instant);
  });

  // While the link is down nothing grows too old: there is nothing to give up.
  fault('Redis away for ten times retention, its tail cut', sizes, async (life) => {
    const watch = growth(life.redisDir);
    life.after(async () => watch.end());
    const people = life.crowd({ ...unhurried, retry: random(2) === 0 });
    await beyondRetention(life, people);
    await life.killRedis();
    const oldest = watch.ago(SURE_MS);
    const size = oldest + random(appended(life.redisDir) - oldest + 1);
    fs.truncateSync(appendFile(life.redisDir), size);
    const until = performance.now() + 10 * RETENTION_MS;
    while (performance.now() < until) await people.acknowledgements(1);
    await life.startRedis();
    await people.acknowledgements(200);
    await people.finish();
    await life.settle();
    assert.equal(await lostBatches(life), 0);
  });
});
