// What Prometheus sees: promtool on both formats, and a real Prometheus.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { freePort, logFile, request, run, start, test, waitUntil } from './harness.mjs';
import { child } from './process.mjs';

const openmetrics = { Accept: 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5' };

/** A Prometheus that scrapes these daemons every second; query(expression) gives { labels…: value }. */
async function startPrometheus(t, dir, admins) {
  const port = await freePort();
  const targets = admins.map((admin) => `'${new URL(admin).host}'`).join(', ');
  fs.writeFileSync(`${dir}/prometheus.yml`,
    `global: { scrape_interval: 1s }\nscrape_configs:\n- job_name: thongke\n  static_configs: [{ targets: [${targets}] }]\n`);
  const it = child('prometheus', [`--config.file=${dir}/prometheus.yml`, `--storage.tsdb.path=${dir}/prometheus`,
    `--web.listen-address=127.0.0.1:${port}`], { log: logFile(t, 'prometheus') });
  t.after(() => it.end('SIGTERM'));
  return async (expression) => {
    const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expression)}`;
    const reply = await request('GET', url).catch(() => null);
    return (reply?.body.data?.result ?? []).map(({ value }) => Number(value[1]));
  };
}

test('promtool finds nothing to say of /metrics', async (t) => {
  const tk = await start(t, { sites: { one: {}, two: {} } });
  await tk.hit({ site: 'one' });
  await tk.hit({ site: 'nobody' });
  const { text, headers } = await request('GET', `${tk.admin}/metrics`);
  assert.match(headers['content-type'], /^text\/plain; version=0\.0\.4/);
  const { code, stdout, stderr } = await run('promtool', ['check', 'metrics'], { input: text });
  assert.deepEqual([code, stdout, stderr], [0, '', '']);
});

test('OpenMetrics is given to who asks for it, with its end', async (t) => {
  const tk = await start(t);
  const { text, headers } = await request('GET', `${tk.admin}/metrics`, { headers: openmetrics });
  assert.match(headers['content-type'], /^application\/openmetrics-text; version=1\.0\.0/);
  assert.match(text, /\n# EOF\n$/);
  assert.match(text, /\n# TYPE thongke_requests counter\n/);
});

test('a real Prometheus scrapes two daemons and answers the right figures', async (t) => {
  const one = await start(t);
  for (let i = 0; i < 5; i++) await one.hit();
  const other = await start(t, { beside: one });
  for (let i = 0; i < 3; i++) await other.hit();
  const query = await startPrometheus(t, one.dir, [one.admin, other.admin]);
  await waitUntil(async () => (await query('sum(thongke_hits_total{site="demo"})'))[0] === 8, { what: 'the sum of both daemons' });
  // What is read from Redis is not doubled by being read twice.
  await waitUntil(async () => (await query('thongke_site_hits{site="demo"}')).join() === '8,8', { what: 'the total, from both' });
  assert.deepEqual(await query('up{job="thongke"}'), [1, 1]);
  assert.deepEqual(await query('max(thongke_redis_up)'), [1]);
  assert.ok((await query('histogram_quantile(0.99, sum by (le) (thongke_request_duration_seconds_bucket{endpoint="hit"}))'))[0] > 0);
});

test('requests are counted by endpoint and status, refusals by reason', async (t) => {
  const tk = await start(t);
  await tk.hit();
  await tk.hit({ page: 'no-slash' });
  await tk.request('GET', '/nothing');
  await tk.expectMetric('thongke_requests_total{endpoint="hit",status="200"}', 1);
  await tk.expectMetric('thongke_requests_total{endpoint="hit",status="400"}', 1);
  await tk.expectMetric('thongke_requests_total{endpoint="none",status="404"}', 1);
  await tk.expectMetric('thongke_refused_total{reason="bad_page"}', 1);
  await tk.expectMetric('thongke_request_duration_seconds_count{endpoint="hit"}', 2);
  await tk.expectMetric('thongke_commit_duration_seconds_count', 1);
  await tk.expectMetric('thongke_batch_items_sum', 1);
  await tk.expectMetric('thongke_connections{listener="admin"}', 1);
});

test('at most metrics_sites sites have series of their own', async (t) => {
  const tk = await start(t, { sites: { a: {}, b: {}, c: {} }, daemon: { metrics_sites: 2 } });
  const names = Object.keys(await tk.metrics()).filter((name) => name.startsWith('thongke_hits_total'));
  assert.deepEqual(names, ['thongke_hits_total{site="a"}', 'thongke_hits_total{site="b"}']);
});

test('ready without a spool is who reaches Redis', async (t) => {
  const tk = await start(t, { daemon: { spool_dir: '' } });
  const ready = async () => (await request('GET', `${tk.admin}/readyz`)).status;
  assert.equal(await ready(), 200);
  await tk.redis.stop();
  await waitUntil(async () => (await ready()) === 503, { what: 'not ready without Redis' });
  assert.equal((await request('GET', `${tk.admin}/livez`)).status, 200);
  await tk.redis.start();
  await waitUntil(async () => (await ready()) === 200, { what: 'ready again' });
});

test('/sites lists every site with its figures', async (t) => {
  const tk = await start(t, { sites: { one: {}, two: {} } });
  await tk.hit({ site: 'two' });
  const { body } = await request('GET', `${tk.admin}/sites`);
  assert.deepEqual(body.map(({ site, total, online }) => [site, total, online]), [['one', 0, 0], ['two', 1, 1]]);
});
