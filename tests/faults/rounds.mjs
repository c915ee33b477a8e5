// A fault that befalls a daemon or its Redis, in rounds.
//
//   fault('kill -9 of the daemon', { short: 4, long: 1_000 }, async (life) => {
//     const people = life.crowd({ retry: true });
//     await people.acknowledgements(random(200));
//     await life.tk.kill();
//     await life.tk.start();
//     await people.finish();
//   });
//
// After each round life.verify() compares Redis with the book of hits.  A round that answers a number has counted for
// so many.  In the short form, a test like any other, all rounds are one life's.  With FAULTS=long each life's result
// is added to results.tsv, rounds that stand there already are not run again, and the first failure ends it all.
import fs from 'node:fs';
import { test } from '../e2e/harness.mjs';
import { live, summary } from './life.mjs';
import * as results from './results.mjs';

export const isLong = process.env.FAULTS === 'long';

/**
 *   short, long   how many rounds; «all»: one, which tells how many it counts for
 *   perLife       in the long form, how many until all is started anew (25)
 *   lanes         in the long form, how many lives at once (2)
 *   skip          why it can not be run here, or nothing
 * and the options of live().
 */
export function fault(name, options, round) {
  const { short, long, perLife = 25, lanes = 2, skip, ...world } = options;
  const wanted = { name, world, round };
  if (isLong) test(name, { skip }, () => runLong(wanted, { long, perLife, lanes }));
  if (!isLong && short > 0) test(name, { skip }, () => oneLife(name, wanted, short));
}

let failed = false;

async function runLong(wanted, { long, perLife, lanes }) {
  const goal = long === 'all' ? 1 : long;
  let done = results.roundsDone(wanted.name);
  let begun = done;
  if (failed) throw new Error('not run: a fault before it has failed');
  tell(wanted.name, done, long);

  async function lane(number) {
    while (begun < goal && !failed) {
      const rounds = Math.min(perLife, goal - begun);
      begun += rounds;
      const whole = await oneLife(`${wanted.name} ${number}`, wanted, rounds);
      done += whole;
      tell(wanted.name, done, long);
    }
  }
  await Promise.all(Array.from({ length: lanes }, (_, i) => lane(i)));
}

const tell = (name, done, long) => fs.writeSync(2, `${new Date().toTimeString().slice(0, 8)}  ${name}: ${done} of ${long}\n`);

/** Answers how many rounds it was. */
async function oneLife(name, { name: of, world, round }, rounds) {
  const since = performance.now();
  const life = await live(name, world);
  let problem = null;
  try {
    while (life.rounds < rounds) {
      const counted = await round(life);
      await life.verify();
      life.rounds += counted ?? 1;
    }
  } catch (error) {
    problem = error;
    await life.abandon();
    life.found = await life.book.check(life.redis).catch(() => undefined);
    const evidence = life.keepEvidence(problem);
    problem.message += `\nin round ${life.rounds + 1}${life.found ? `: ${summary(life.found)}` : ''}\nevidence: ${evidence}`;
  }
  await life.end().catch((error) => (problem ??= error));
  failed ||= problem !== null;
  if (isLong) record(of, life, since, problem);
  if (problem) throw problem;
  return life.rounds;
}

function record(fault, life, since, problem) {
  const { sent = 0, acknowledged = 0, counted = 0, lost = [], twice = [] } = life.found ?? {};
  results.append({
    fault,
    rounds: life.rounds,
    sent,
    acknowledged,
    counted,
    lost: lost.length,
    twice: twice.length,
    refused: life.refused(),
    seconds: ((performance.now() - since) / 1000).toFixed(1),
    away: life.timesAway(),
    result: problem ? problem.message.split('\n')[0] : 'exact',
  });
}
