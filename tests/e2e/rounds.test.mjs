// How hits gather for Redis.
import assert from 'node:assert/strict';
import { isBatch, proxy } from '../faults/proxy.mjs';
import { start, tempDir, test, waitUntil } from './harness.mjs';

const LATE_MS = 4; // rounds.c; being late is time that has passed, and nothing else tells it

test('a Redis that is late gets the next round before it has answered the last', async (t) => {
  const beside = await start(t);
  const between = await proxy(`${tempDir()}/between`, () => beside.redis.socket);
  t.after(() => between.close());
  const patience = { redis_timeout: '5s', commit_timeout: 10_000 };
  const tk = await start(t, { beside, daemon: { redis: `unix:${between.path}`, ...patience } });

  const hits = [];
  const batches = async (n) => {
    await waitUntil(() => between.unanswered().filter(isBatch).length === n, { what: `${n} batches on their way` });
    const since = performance.now();
    await waitUntil(() => performance.now() - since > LATE_MS, { what: 'Redis to be late' });
  };
  await tk.hit(); // what is asked once, is
  await beside.redis.freeze();
  hits.push(tk.hit());
  await batches(1);
  hits.push(tk.hit()); // half of those who are pending then
  await batches(2);
  hits.push(tk.hit(), tk.hit()); // the first of them is not half
  await batches(3);
  await beside.redis.thaw();
  assert.deepEqual((await Promise.all(hits)).map(({ body }) => body.total), [2, 3, 5, 5]);
});
