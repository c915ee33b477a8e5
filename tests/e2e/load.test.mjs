// Many at once, and every figure right to the digit.
import assert from 'node:assert/strict';
import { start, test } from './harness.mjs';
import { load } from './load.mjs';

test('20,000 hits from 64 connections over 3 sites: all figures agree', async (t) => {
  const names = ['alpha', 'beta', 'gamma'];
  const tk = await start(t, { sites: Object.fromEntries(names.map((name) => [name, {}])) });
  const done = await load(tk, { hits: 20_000, connections: 64, sites: names, pages: 50, visitors: 300 });
  assert.deepEqual(done.statuses, { 200: 20_000 });
  const shown = JSON.parse((await tk.cli('show', '--json')).stdout);
  const metrics = await tk.metrics();

  for (const [i, site] of names.entries()) {
    const { acknowledged, total } = done.bySite[site];
    assert.equal(acknowledged, [6667, 6667, 6666][i]);
    assert.equal(total, acknowledged, `${site}: the replies`);
    assert.equal(Number(await tk.redis.cmd('HGET', `tk:{${site}}:counts`, 'hits')), acknowledged, `${site}: Redis`);
    assert.equal((await tk.counts({ site })).body.total, acknowledged, `${site}: counts`);
    assert.equal(metrics[`thongke_hits_total{site="${site}"}`], acknowledged, `${site}: metrics`);
    const figures = shown.find((one) => one.site === site);
    assert.deepEqual([figures.total, figures.today, figures.online], [acknowledged, acknowledged, 100], `${site}: show`);
    const views = await tk.redis.cmd('HGETALL', `tk:{${site}}:pages`);
    assert.equal(views.length, 2 * 50);
    assert.equal(views.reduce((sum, score, j) => sum + (j % 2 ? Number(score) : 0), 0), acknowledged, `${site}: views`);
  }
});
