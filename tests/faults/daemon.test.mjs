// kill -9 of the daemon, at any moment: what it acknowledged is in Redis, or in its spool for the next.
import { aWhile, MEASURED, random } from './crowd.mjs';
import { fault } from './rounds.mjs';

const patience = { redis_dead: 500 };

fault('kill -9 of the daemon', { short: 6, long: 600 }, async (life) => {
  const people = life.crowd({ retry: life.rounds % 2 === 0 });
  await people.acknowledgements(1 + random(200));
  await aWhile(3);
  await life.tk.kill();
  await life.tk.start();
  await people.acknowledgements(1 + random(100));
  await people.finish();
});

// Its spool is the next one's; every other time that one starts before Redis is back.
fault('kill -9 of the daemon while Redis is away', { short: 6, long: 400, daemon: patience }, async (life) => {
  const people = life.crowd({ pace: MEASURED, retry: life.rounds % 2 === 0 });
  const frozen = life.rounds % 3 === 2;
  await people.acknowledgements(random(100));
  await (frozen ? freeze(life) : life.killRedis());
  await people.acknowledgements(50 + random(100));
  await aWhile(3);
  await life.tk.kill();
  if (life.rounds % 4 < 2) {
    await life.tk.start();
    await people.acknowledgements(random(100));
  }
  await (frozen ? thaw(life) : life.startRedis());
  if (life.rounds % 4 >= 2) await life.tk.start();
  await people.acknowledgements(50);
  await people.finish();
});

function freeze(life) {
  life.redis.freeze();
  life.away();
}

function thaw(life) {
  life.back();
  life.redis.thaw();
}
