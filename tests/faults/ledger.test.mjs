// The judge is judged: whatever is wrong in Redis must be seen.
import assert from 'node:assert/strict';
import { test } from '../e2e/harness.mjs';
import { isExact } from './ledger.mjs';
import { live } from './life.mjs';
import * as results from './results.mjs';

const pages = 'tk:{one}:pages';

// Some hits, acknowledged and stored; spoil() makes something wrong of it.  Answers what is found then.
async function spoilt(t, spoil) {
  const life = await live(t.name, { sites: { one: {} } });
  try {
    const people = life.crowd({ connections: 4, gone: 0 });
    await people.acknowledgements(20);
    await people.finish();
    await life.verify();
    await spoil(life.redis, life.book.hits);
    const found = await life.book.check(life.redis);
    await assert.rejects(life.verify(), /not exact/);
    return found;
  } finally {
    await life.end();
  }
}

const kinds = ({ lost, twice, wrong }) => [lost.length, twice.length, wrong.length];

test('a page that is gone is a hit lost, and the sums do not agree', async (t) => {
  const found = await spoilt(t, (redis, hits) => redis.cmd('HDEL', pages, hits[3].page));
  assert.deepEqual(kinds(found), [1, 0, 1]);
  assert.equal(found.counted, found.sent - 1);
});

test('a page counted once more is a hit twice', async (t) => {
  const found = await spoilt(t, (redis, hits) => redis.cmd('HINCRBY', pages, hits[5].page, 1));
  assert.deepEqual(kinds(found), [0, 1, 1]);
});

test('a hit lost and another twice are seen though the sums agree', async (t) => {
  const found = await spoilt(t, async (redis, hits) => {
    await redis.cmd('HDEL', pages, hits[1].page);
    await redis.cmd('HINCRBY', pages, hits[2].page, 1);
  });
  assert.deepEqual(kinds(found), [1, 1, 0]);
});

test('a page that nobody has sent is wrong', async (t) => {
  const found = await spoilt(t, async (redis, hits) => {
    await redis.cmd('HDEL', pages, hits[0].page);
    await redis.cmd('HSET', pages, '/nobody', 1);
  });
  assert.deepEqual(kinds(found), [1, 0, 1]);
});

test('a total that is not the sum of its days is wrong', async (t) => {
  assert.deepEqual(kinds(await spoilt(t, (redis) => redis.cmd('HINCRBY', 'tk:{one}:counts', 'hits', 1))), [0, 0, 1]);
});

test('a batch applied again is seen by its hits without an id', async (t) => {
  const found = await spoilt(t, async (redis, hits) => {
    const nameless = hits.filter((hit) => hit.id === null);
    assert.ok(nameless.length >= 4);
    for (const { page } of nameless) await redis.cmd('HINCRBY', pages, page, 1);
  });
  assert.equal(found.twice.length, found.sent >> 2);
});

test('a hit that was not acknowledged may be there or not, but once', async (t) => {
  const found = await spoilt(t, async (redis, hits) => {
    for (const hit of hits.slice(0, 3)) hit.acknowledged = 0;
    await redis.cmd('HDEL', pages, hits[0].page);
    await redis.cmd('HINCRBY', pages, hits[1].page, 1);
  });
  assert.deepEqual(kinds(found), [0, 1, 0]);
  assert.equal(isExact(found), false);
});

test('the table says what the rows say', () => {
  const row = { fault: 'a', rounds: 1_000, acknowledged: 9, counted: 10, lost: 0, twice: 0, result: 'exact', away: [[1, 98], [44, 2]] };
  const lines = results.table([row, { ...row, fault: 'b', lost: 1, result: 'not exact', away: [] }, row]).split('\n');
  assert.deepEqual(lines.slice(2), [
    '| a | 2,000 | 18 | 20 | 0 | 0 | ≤ 44 ms |',
    '| b (**1 failed**) | 1,000 | 9 | 10 | 1 | 0 | – |',
  ]);
});
