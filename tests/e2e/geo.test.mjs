// geo_db: the country database, under a running daemon.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { run, start, tempDir, test, thongked, token, waitUntil } from './harness.mjs';
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

const fromAddress = (tk, address) => tk.hit({ visitor: token(), headers: { 'X-Forwarded-For': address } });
async function countries(tk) {
  const { stdout } = await tk.cli('top', 'countries', 'demo', '--plain');
  return Object.fromEntries(stdout.split('\n').filter(Boolean).map((line) => line.split('\t').slice(0, 2)));
}

test('each hit is of a country, and thongke top calls it by its name', async (t) => {
  const geo_db = `${tempDir()}/country.mmdb`;
  put(geo_db, mmdb({ '203.0.113.0/24': 'VN', '198.51.100.0/24': 'US', '2001:db8::/32': 'VN' }, { built: 1000 }));
  const tk = await start(t, { daemon: { geo_db } });
  for (const address of ['203.0.113.7', '203.0.113.8', '2001:db8::1', '198.51.100.1', '192.0.2.1']) await fromAddress(tk, address);
  assert.deepEqual(await countries(tk), { VN: '3', US: '1', '(unknown)': '1' });
  assert.match((await tk.cli('--lang', 'vi', 'top', 'countries', 'demo')).stdout, /^Việt Nam +3 +60,0 %.*\nHoa Kỳ +1|^\(không rõ\) +1/m);
});

test('the database is swapped, cut, overwritten and made noise under load: no crash, no hit lost', async (t) => {
  const { tk, geo_db } = await withDatabase(t);
  let going = true;
  let sent = 0;
  const visitors = Array.from({ length: 8 }, async () => {
    while (going) {
      assert.equal((await fromAddress(tk, '203.0.113.7')).status, 200);
      sent++;
    }
  });
  const good = database(1000);
  const damages = [
    () => put(geo_db, database(1000)),
    () => fs.truncateSync(geo_db, 300),
    () => fs.writeFileSync(geo_db, Buffer.alloc(good.length, 'noise')),
    () => fs.writeFileSync(geo_db, good.subarray(0, good.length / 2)),
    () => fs.writeFileSync(geo_db, good),
  ];
  for (let round = 0; round < 40; round++) {
    damages[round % damages.length]();
    tk.signal('SIGHUP');
    const goal = sent + 10;
    await waitUntil(() => sent >= goal, { what: 'more hits' });
  }
  going = false;
  await Promise.all(visitors);
  assert.deepEqual(await countries(tk), { VN: String(sent) });
  assert.equal(Number(await tk.redis.cmd('HGET', 'tk:{demo}:counts', 'hits')), sent);
});
