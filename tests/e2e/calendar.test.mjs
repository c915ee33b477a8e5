// Each hit lands on the day, in the week and in the year where it belongs.
import assert from 'node:assert/strict';
import { request, start, test } from './harness.mjs';

const daemon = { test_clock: 'yes' };

/** Time stands still at that local moment: '2026-11-22T23:59:59.9+07:00'. */
async function setClock(tk, moment) {
  const { status } = await request('POST', `${tk.admin}/clock`, { body: String(Date.parse(moment)) });
  assert.equal(status, 200);
}

const pick = ({ today, yesterday, week, month, year, total }) => [today, yesterday, week, month, year, total];

/** One hit at each moment; what it is answered: today, yesterday, week, month, year, total. */
async function walk(tk, steps, site = 'demo') {
  for (const [moment, ...expected] of steps) {
    await setClock(tk, moment);
    assert.deepEqual(pick((await tk.hit({ site })).body), expected, moment);
    assert.deepEqual(pick((await tk.counts({ site })).body), expected, `${moment}, read`);
  }
}

/** The hits of each day, as Redis has them. */
async function storedDays(tk) {
  const counts = await tk.redis.cmd('HGETALL', 'tk:{demo}:counts');
  return Object.fromEntries(counts.flatMap((field, i) => (i % 2 === 0 && /^\d+$/.test(field) ? [[field, counts[i + 1]]] : [])));
}

test('midnight, in the site\'s zone', async (t) => {
  const tk = await start(t, { daemon });
  await walk(tk, [
    ['2026-11-24T23:59:59.900+07:00', 1, 0, 1, 1, 1, 1],
    ['2026-11-25T00:00:00.100+07:00', 1, 1, 2, 2, 2, 2],
    ['2026-11-25T06:59:59.900+07:00', 2, 1, 3, 3, 3, 3], // midnight in UTC is none here
    ['2026-11-25T07:00:00.100+07:00', 3, 1, 4, 4, 4, 4],
    ['2026-11-27T00:00:00.000+07:00', 1, 0, 5, 5, 5, 5], // a day without a hit lies between
  ]);
  assert.deepEqual(await storedDays(tk), { 20261124: '1', 20261125: '3', 20261127: '1' });
});

test('Sunday to Monday, and the end of a month', async (t) => {
  const tk = await start(t, { daemon, sites: { demo: {}, sunday: { week_start: 'sunday' } } });
  const moments = ['2026-05-30T12:00:00+07:00', '2026-05-31T23:59:59.9+07:00', '2026-06-01T00:00:00.1+07:00'];
  await walk(tk, [
    [moments[0], 1, 0, 1, 1, 1, 1],
    [moments[1], 1, 1, 2, 2, 2, 2],
    [moments[2], 1, 1, 1, 1, 3, 3],
  ]);
  await walk(tk, [
    [moments[0], 1, 0, 1, 1, 1, 1],
    [moments[1], 1, 1, 1, 2, 2, 2],
    [moments[2], 1, 1, 2, 1, 3, 3],
  ], 'sunday');
});

// The last days of December and the first of January are one week where the calendar says so.
test('28 December to 4 January', async (t) => {
  const tk = await start(t, { daemon });
  await walk(tk, [
    ['2026-12-27T12:00:00+07:00', 1, 0, 1, 1, 1, 1], // Sunday
    ['2026-12-28T00:00:00+07:00', 1, 1, 1, 2, 2, 2], // Monday, ISO week 53
    ['2026-12-29T12:00:00+07:00', 1, 1, 2, 3, 3, 3],
    ['2026-12-30T12:00:00+07:00', 1, 1, 3, 4, 4, 4],
    ['2026-12-31T23:59:59.9+07:00', 1, 1, 4, 5, 5, 5],
    ['2027-01-01T00:00:00.1+07:00', 1, 1, 5, 1, 1, 6],
    ['2027-01-02T12:00:00+07:00', 1, 1, 6, 2, 2, 7],
    ['2027-01-03T23:59:59.9+07:00', 1, 1, 7, 3, 3, 8], // Sunday
    ['2027-01-04T00:00:00.1+07:00', 1, 1, 1, 4, 4, 9], // Monday, ISO week 1
  ]);
  assert.deepEqual(Object.keys(await storedDays(tk)).map((day) => day.slice(0, 4)), [...Array(5).fill('2026'), ...Array(4).fill('2027')]);
});

test('29 February, and the zone that changes its hour', async (t) => {
  const tk = await start(t, { daemon, sites: { demo: {}, berlin: { timezone: 'Europe/Berlin' } } });
  await walk(tk, [
    ['2028-02-28T23:59:59.9+07:00', 1, 0, 1, 1, 1, 1],
    ['2028-02-29T00:00:00.1+07:00', 1, 1, 2, 2, 2, 2],
    ['2028-03-01T00:00:00.1+07:00', 1, 1, 3, 1, 3, 3],
  ]);
  await walk(tk, [
    ['2026-03-29T00:00:00+01:00', 1, 0, 1, 1, 1, 1], // a day of 23 hours
    ['2026-03-29T23:59:59.9+02:00', 2, 0, 2, 2, 2, 2],
    ['2026-03-30T00:00:00.1+02:00', 1, 2, 1, 3, 3, 3],
    ['2026-10-25T00:00:00+02:00', 1, 0, 1, 1, 4, 4], // a day of 25 hours
    ['2026-10-25T23:59:59.9+01:00', 2, 0, 2, 2, 5, 5],
    ['2026-10-26T00:00:00+01:00', 1, 2, 1, 3, 6, 6],
  ], 'berlin');
});

test('two daemons whose clocks differ: a hit on a day that is over reaches the other\'s sums', async (t) => {
  const ahead = await start(t, { daemon });
  const behind = await start(t, { daemon, beside: ahead });
  await setClock(ahead, '2026-11-25T00:00:00.1+07:00');
  await setClock(behind, '2026-11-24T23:59:59.9+07:00');
  assert.deepEqual(pick((await behind.hit()).body), [1, 0, 1, 1, 1, 1]);
  assert.deepEqual(pick((await ahead.hit()).body), [1, 1, 2, 2, 2, 2]);
  assert.deepEqual(pick((await behind.hit()).body), [2, 0, 2, 2, 2, 3]);
  assert.deepEqual(pick((await ahead.hit()).body), [2, 2, 4, 4, 4, 4]);
});

test('a day read before anybody counted on it is read again', async (t) => {
  const ahead = await start(t, { daemon });
  const behind = await start(t, { daemon, beside: ahead });
  await setClock(ahead, '2026-11-25T00:00:00.1+07:00');
  await setClock(behind, '2026-11-24T23:59:59.9+07:00');
  await behind.hit();
  assert.deepEqual(pick((await ahead.counts()).body), [0, 1, 1, 1, 1, 1]);
  await behind.hit();
  assert.deepEqual(pick((await ahead.hit()).body), [1, 2, 3, 3, 3, 3]);
});

test('online is a window: it ends, and midnight doubles nobody who stays on one day\'s key', async (t) => {
  const tk = await start(t, { daemon });
  await setClock(tk, '2026-11-24T12:00:00+07:00');
  await tk.hit({ visitor: '1' });
  await setClock(tk, '2026-11-24T12:04:59+07:00');
  assert.equal((await tk.hit({ visitor: '2' })).body.online, 2);
  await setClock(tk, '2026-11-24T12:05:00+07:00');
  assert.equal((await tk.hit({ visitor: '2' })).body.online, 1);
  assert.equal((await tk.hit({ visitor: '2', type: 'beat', page: null })).body.online, 1);
});

test('the clock is not to be set where tests were not allowed to', async (t) => {
  const tk = await start(t);
  assert.equal((await request('POST', `${tk.admin}/clock`, { body: '0' })).status, 404);
});
