// geo_db: the country database, under a running daemon.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { run, start, tempDir, test, thongked, waitUntil } from './harness.mjs';
import { mmdb } from './mmdb.mjs';

const gauge = 'thongke_geo_db_built_seconds';
const database = (seconds) => mmdb({ '203.0.113.0/24': 'VN' }, { built: seconds * 1000 });

function put(file, bytes) {
  fs.writeFileSync(`${file}.new`, bytes);
  fs.renameSync(`${file}.new`, file);
}

/** A daemon that has one of 1,000 s since 1970; SIGHUP is a look at once, and the next one takes over what was read. */
async function withDatabase(t) {
  const geo_db = `${tempDir()}/country.mmdb`;
  put(geo_db, database(1000));
  const tk = await start(t, { daemon: { geo_db } });
  await tk.expectMetric(gauge, 1000);
  const looksUntil = (cond, what) =>
    waitUntil(
      async () => {
        tk.signal('SIGHUP');
        return cond();
      },
      { what },
    );
  return { tk, geo_db, looksUntil };
}

test('a database that is replaced is read, by itself too', async (t) => {
  const { tk, geo_db, looksUntil } = await withDatabase(t);
  put(geo_db, database(2000));
  await looksUntil(async () => (await tk.metrics())[gauge] === 2000, 'the second database');
  put(geo_db, database(3000));
  await waitUntil(async () => (await tk.metrics())[gauge] === 3000, { timeout: 30_000, what: 'the third, without a signal' });
});

test('one that is overwritten in place, cut or noise is refused, once, and the old one stays', async (t) => {
  const { tk, geo_db, looksUntil } = await withDatabase(t);
  const said = () => tk.log.match(/what was read before stays in use/g)?.length ?? 0;
  for (const [i, damage] of [Buffer.alloc(0), database(2000).subarray(0, 500), Buffer.alloc(5000, 'noise')].entries()) {
    fs.writeFileSync(geo_db, damage);
    await looksUntil(() => said() > i, `refusal ${i + 1}`);
    for (let n = 0; n < 5; n++) tk.signal('SIGHUP');
    await tk.expectMetric(gauge, 1000);
    assert.equal((await tk.hit()).status, 200);
    assert.equal(said(), i + 1, tk.log);
  }
  fs.rmSync(geo_db);
  await looksUntil(() => /is gone, what was read of it stays in use/.test(tk.log), 'word of it');
  await tk.expectMetric(gauge, 1000);
  tk.configure({ geo_db: '' });
  tk.signal('SIGHUP');
  await tk.expectMetric(gauge, 0);
});

test('without one it counts, and says what brings one', async (t) => {
  const tk = await start(t, { daemon: { geo_db: `${tempDir()}/none.mmdb` } });
  assert.match(tk.log, /geo_db .*none\.mmdb: countries are not told \(scripts\/geo-update brings one\)/);
  assert.equal((await tk.hit()).body.total, 1);
  await tk.expectMetric(gauge, 0);
});

test('--check-config tells of one that is not to be used', async () => {
  const file = `${tempDir()}/country.mmdb`;
  const check = () => run(thongked, ['--set', `geo_db=${file}`, '--check-config']);
  assert.equal((await check()).code, 0);
  put(file, database(1000).subarray(0, 500));
  const { code, stderr } = await check();
  assert.deepEqual([code, stderr.includes(`geo_db ${file}: `)], [2, true], stderr);
  put(file, database(1000));
  assert.equal((await check()).code, 0);
});
