// The machine's processes die all at once: kill -9 of Redis and of the daemon.
import { aWhile, random } from './crowd.mjs';
import { fault } from './rounds.mjs';

fault('kill -9 of both in the same instant, always', { short: 3, long: 50 }, async (life) => {
  const people = life.crowd({ retry: life.rounds % 2 === 0 });
  await people.acknowledgements(1 + random(150));
  await aWhile(3);
  await Promise.all([life.killRedis(), life.tk.kill()]);
  await life.startRedis();
  await life.tk.start();
  await people.acknowledgements(50);
  await people.finish();
});
