// Proof 6: whatever becomes of a view on its way, and of its answer, it is counted once.
import assert from 'node:assert/strict';
import { start, test, waitUntil } from '../e2e/harness.mjs';
import { startPortal } from '../e2e/portal.mjs';
import { expectFigures, newVisitor, portalFigures, startSpy } from './browser.mjs';

const article = 'tin-tuc/ocop.html';
const ids = (spy) => new Set(spy.hits.map((hit) => hit.fields.id));

for (const [name, fate] of Object.entries({
  'a 503 from a proxy': (outgoing) => outgoing.writeHead(503, { 'Retry-After': '1' }).end('<html>'),
  'a connection that is cut before the daemon has it': (outgoing) => outgoing.destroy(),
  'an answer that is lost': 'lose the answer',
})) {
  test(`proof 6: ${name}, then success: one view`, async (t) => {
    const tk = await start(t);
    const spy = await startSpy(t, tk);
    const portal = await startPortal(t, spy);
    spy.fate = (n) => (n === 0 ? fate : undefined);
    const page = await newVisitor(t);
    await page.clock.install();
    await page.goto(portal + article);
    await waitUntil(() => spy.hits.length === 1, { what: 'the view to be sent' });
    await waitUntil(async () => {
      await page.clock.runFor(1_000);
      return spy.hits.length > 1;
    }, { what: 'the view to be sent again' });
    await expectFigures(page, portalFigures(1, 1, 1, 1, 1));
    assert.equal(ids(spy).size, 1);
    await tk.expectMetric('thongke_hits_total{site="demo"}', 1);
    assert.deepEqual(page.complaints, []);
  });
}

test('proof 6: who leaves before a slow answer sends a beacon with the same id: one view', async (t) => {
  const tk = await start(t);
  const spy = await startSpy(t, tk);
  const portal = await startPortal(t, spy);
  let release;
  spy.fate = (n) => (n === 0 ? new Promise((resolve) => (release = resolve)) : undefined);
  const page = await newVisitor(t);
  await page.goto(portal + article);
  await waitUntil(() => spy.hits.length === 1, { what: 'the view to be sent' });
  await page.goto('about:blank');
  await waitUntil(() => spy.hits.length === 2, { what: 'the beacon' });
  release();
  assert.equal(ids(spy).size, 1);
  await waitUntil(async () => (await tk.counts({ site: 'demo', page: `/${article}` })).body.page.views === 1, { what: 'the view' });

  await (await newVisitor(t)).goto(portal + article);
  await waitUntil(async () => (await tk.counts({ site: 'demo', page: `/${article}` })).body.page.views > 1, { what: 'another view' });
  assert.equal((await tk.counts({ site: 'demo', page: `/${article}` })).body.page.views, 2);
});
