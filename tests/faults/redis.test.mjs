// kill -9 of Redis, and the end of its file cut off as a power cut does.
import fs from 'node:fs';
import { appendFile, appended, growth } from './aof.mjs';
import { aWhile, MEASURED, random } from './crowd.mjs';
import { fault } from './rounds.mjs';

const LOST_MS = 2_000; // of data, at most, by a power cut
const sizes = { short: 3, long: 250 };

for (const appendfsync of ['always', 'everysec']) {
  fault(`kill -9 of Redis, ${appendfsync}`, { ...sizes, redis: { appendfsync } }, async (life) => {
    const people = life.crowd({ pace: MEASURED, retry: life.rounds % 2 === 0 });
    await people.acknowledgements(1 + random(150));
    await aWhile(3);
    await life.killRedis();
    await people.acknowledgements(random(100));
    await life.startRedis();
    await people.acknowledgements(50);
    await people.finish();
  });

  // Whatever the last two seconds brought may be gone, rounds before this one included.
  fault(`kill -9 of Redis, ${appendfsync}, its tail cut`, { ...sizes, redis: { appendfsync } }, async (life) => {
    const watch = (life.kept.watch ??= watchFile(life));
    const people = life.crowd({ pace: MEASURED, retry: life.rounds % 2 === 0 });
    await people.acknowledgements(1 + random(150));
    await aWhile(3);
    await life.killRedis();
    const oldest = watch.ago(LOST_MS);
    const size = oldest + random(appended(life.redisDir) - oldest + 1);
    fs.truncateSync(appendFile(life.redisDir), size);
    watch.cut(size);
    await people.acknowledgements(random(100));
    await life.startRedis();
    await people.acknowledgements(50);
    await people.finish();
  });
}

function watchFile(life) {
  const watch = growth(life.redisDir);
  life.after(async () => watch.end());
  return watch;
}
