// Two daemons on one Redis: a browser sends its hit again, with its id, and the other one gets it.
import { tempDir, waitUntil } from '../e2e/harness.mjs';
import { random } from './crowd.mjs';
import { proxy } from './proxy.mjs';
import { fault, isLong } from './rounds.mjs';

const RETRIES = isLong ? 100 : 40; // in a round

// The first daemon's way to Redis can be barred.
async function prepare(life) {
  const gate = await proxy(`${tempDir()}/gate`, () => (life.kept.barred ? '/nowhere' : life.redis.socket));
  life.after(async () => gate.close());
  life.kept.bar = (barred) => {
    life.kept.barred = barred;
    if (barred) gate.cutAll();
  };
  return { each: (i) => (i === 0 ? { redis: `unix:${gate.path}` } : {}) };
}

fault('sent again through the other of two daemons', { short: 80, long: 1_000, perLife: 200, daemons: 2, prepare }, async (life) => {
  const people = life.crowd({ everywhere: true });
  await people.repetitions(random(RETRIES / 2));
  // What the first one takes now lies in its spool, while the other counts it.
  life.kept.bar(true);
  await people.repetitions(RETRIES / 2);
  life.kept.bar(false);
  await people.repetitions(RETRIES / 2);
  await people.finish();
  return people.state.repeated;
});

// A daemon looks for dead neighbours every minute.
const shared = () => ({ daemon: { spool_dir: `${tempDir()}/spool` } });
const neighbours = { short: 0, long: 3, perLife: 1, lanes: 3, daemons: 2, prepare: shared };

fault('killed and not started again: its neighbour takes over the spool', neighbours, async (life) => {
  const people = life.crowd({ retry: true, pace: 5 });
  await people.acknowledgements(50);
  await life.killRedis();
  await people.acknowledgements(100);
  await people.finish();
  const dead = life.daemons.pop();
  await dead.kill();
  await life.startRedis();
  await waitUntil(() => /taken over/.test(life.tk.log), { timeout: 90_000, what: 'the spool to be taken over' });
});
