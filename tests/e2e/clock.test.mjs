// One clock for all daemons: that of Redis.
import assert from 'node:assert/strict';
import { clock, start, test, top, waitUntil } from './harness.mjs';

const offset = async (tk) => (await tk.metrics()).thongke_clock_offset_seconds;

const off = (ms) => ({ program: `${top}/build/thongked`, env: clock(`${ms / 1000}s`) }); // a sanitizer does not bear the shift

test('a clock that is off is corrected by Redis\'s, and said', async (t) => {
  const tk = await start(t, off(-3_600_000));
  await waitUntil(async () => Math.abs((await offset(tk)) - 3_600) < 1, { what: 'an offset of an hour' });
  assert.match(tk.log, /clock: this machine's is -3(599|600)\d{3} ms from Redis's/);
});

test('two daemons whose own clocks are a day apart count on the same day', async (t) => {
  const one = await start(t);
  const other = await start(t, { beside: one, ...off(-86_400_000) });
  await waitUntil(async () => Math.abs((await offset(other)) - 86_400) < 1, { what: 'an offset of a day' });
  await one.hit({ visitor: '1' });
  const { body } = await other.hit({ visitor: '1' });
  assert.deepEqual([body.today, body.yesterday, body.total, body.online], [2, 0, 2, 1]);
});

test('clocks that agree need no correction', async (t) => {
  const tk = await start(t);
  await tk.hit();
  assert.ok(Math.abs(await offset(tk)) < 0.2);
  assert.doesNotMatch(tk.log, /clock/);
});
