// Through nginx, as a portal has it: the template that scripts/run uses.
import assert from 'node:assert/strict';
import { browserAgent, request, start, test } from './harness.mjs';
import { startPortal } from './portal.mjs';

const hit = (portal, headers) =>
  request('POST', `${portal}tk/hit`, {
    headers: { 'User-Agent': browserAgent, Origin: new URL(portal).origin, ...headers },
    body: 'site=demo&page=/',
  });

test('a hit through the portal is counted', async (t) => {
  const tk = await start(t);
  const portal = await startPortal(t, tk);
  const { status, body } = await hit(portal);
  assert.deepEqual([status, body.total], [200, 1]);
  assert.equal((await request('GET', `${portal}tk/thongke.js`)).status, 200);
});

test('a client can not choose its own address', async (t) => {
  const tk = await start(t);
  const portal = await startPortal(t, tk);
  for (const address of ['203.0.113.1', '203.0.113.2']) {
    assert.equal((await hit(portal, { 'X-Forwarded-For': address })).body.online, 1);
  }
});

test('a daemon that restarts is found again', async (t) => {
  const tk = await start(t);
  const portal = await startPortal(t, tk);
  await hit(portal);
  await tk.stop();
  assert.equal((await hit(portal)).status, 502);
  await tk.start();
  assert.equal((await hit(portal)).body.total, 2);
});
