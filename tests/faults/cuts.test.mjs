// The connection to Redis is cut after a batch was applied and before its answer has passed.
import { tempDir } from '../e2e/harness.mjs';
import { random } from './crowd.mjs';
import { applied, isBatch, proxy } from './proxy.mjs';
import { fault, isLong } from './rounds.mjs';

// A daemon whose link was cut waits up to a second before the next try, so many of them are cut side by side.
const daemons = isLong ? 24 : 3;
const CUTS = isLong ? 250 : 12; // in a round

async function prepare(life) {
  const dir = tempDir();
  life.kept.cuts = 0;
  const cut = (command, answer) => life.kept.cutting && isBatch(command) && applied(answer) && random(3) === 0 && ++life.kept.cuts;
  const proxies = await Promise.all(Array.from({ length: daemons }, (_, i) => proxy(`${dir}/${i}`, () => life.redis.socket, cut)));
  life.after(async () => proxies.forEach((one) => one.close()));
  return { each: (i) => ({ redis: `unix:${proxies[i].path}` }) };
}

fault('the connection is cut before the answer', { short: 24, long: 10_000, perLife: 1_000, lanes: 1, daemons, prepare }, async (life) => {
  const goal = life.kept.cuts + CUTS;
  life.kept.cutting = true;
  const people = life.crowd({ retry: random(2) === 0, pace: isLong ? 50 : 10 });
  const before = life.kept.cuts;
  while (life.kept.cuts < goal) await people.acknowledgements(10);
  life.kept.cutting = false;
  await people.finish();
  return life.kept.cuts - before;
});
