// Who sends a hit and leaves at once is counted like any other; the sanitized daemon would tell of what it forgets.
import assert from 'node:assert/strict';
import { waitUntil } from '../e2e/harness.mjs';
import { fault } from './rounds.mjs';

const HITS = 200;

for (const [where, spool] of [
  ['while Redis is slow', {}],
  ['while Redis is slow, without a spool', { spool_dir: '', commit_timeout: 20_000 }],
]) {
  fault(`client gone before its answer, ${where}`, { short: 2, long: 10, daemon: spool }, async (life) => {
    const taken = async () => ((m) => m.thongke_pending_hits + m.thongke_spooled_hits_total)(await life.tk.metrics());
    const before = await taken();
    life.redis.freeze();
    const people = life.crowd({ connections: 50, gone: 1, retry: false });
    await waitUntil(() => people.state.left >= HITS, { what: 'all to have come' });
    await people.finish();
    await waitUntil(async () => (await taken()) === before + people.state.left, { what: 'all hits to be taken' });
    life.redis.thaw();
    await life.settle();
    const { sent, counted } = await life.book.check(life.redis);
    assert.equal(counted, sent);
  });
}
