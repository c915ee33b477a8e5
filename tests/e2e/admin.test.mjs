// The operators' listener.
import assert from 'node:assert/strict';
import { request, start, test } from './harness.mjs';

test('it lives', async (t) => {
  const tk = await start(t);
  assert.equal((await request('GET', `${tk.admin}/livez`)).status, 200);
  assert.equal((await request('GET', `${tk.admin}/nothing`)).status, 404);
});

test('the printed ports are real ones', async (t) => {
  const tk = await start(t);
  for (const url of [tk.url, tk.admin]) assert.ok(Number(new URL(url).port) > 0, url);
  assert.equal((await request('GET', 'http://demo.test/tk/counts?site=demo', { socketPath: tk.socket })).status, 200);
});

test('neither listener answers for the other', async (t) => {
  const tk = await start(t);
  assert.equal((await request('GET', tk.url.replace(/tk$/, 'metrics'))).status, 404);
  assert.equal((await request('GET', `${tk.admin}/tk/counts?site=demo`)).status, 404);
});

test('every metric is described, and written as Prometheus reads it', async (t) => {
  const tk = await start(t, { sites: { demo: {}, other: {} } });
  await tk.hit();
  const { headers, text } = await request('GET', `${tk.admin}/metrics`);
  assert.match(headers['content-type'], /^text\/plain; version=0\.0\.4/);
  const described = new Set();
  let name;
  for (const line of text.trimEnd().split('\n')) {
    if (line.startsWith('# HELP ')) {
      name = line.split(' ')[2];
      assert.ok(!described.has(name), `${name} twice`);
      described.add(name);
    } else if (line.startsWith('# TYPE ')) {
      assert.match(line, new RegExp(`^# TYPE ${name} (counter|gauge|histogram)$`));
    } else {
      assert.match(line, new RegExp(`^${name}(_bucket|_sum|_count)?(\\{[a-z_]+="[^"\\\\]*"(,[a-z_]+="[^"\\\\]*")*\\})? \\S+$`));
    }
  }
  const metrics = await tk.metrics();
  assert.equal(metrics['thongke_hits_total{site="demo"}'], 1);
  assert.equal(metrics['thongke_hits_total{site="other"}'], 0);
});

test('metrics say whether Redis is there', async (t) => {
  const tk = await start(t);
  await tk.expectMetric('thongke_redis_up', 1);
  await tk.redis.stop();
  await tk.expectMetric('thongke_redis_up', 0);
  await tk.redis.start();
  await tk.expectMetric('thongke_redis_up', 1);
  await tk.expectMetric('thongke_redis_reconnects_total', 1);
});
