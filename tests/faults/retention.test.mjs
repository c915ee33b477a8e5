// Redis loses what it had acknowledged; what was kept is put back.
import assert from 'node:assert/strict';
import { start, test, token, waitUntil } from '../e2e/harness.mjs';
import { appended, cutTail } from './aof.mjs';

const counted = async (tk, site = 'demo') => Number(await tk.redis.cmd('HGET', `tk:{${site}}:counts`, 'hits'));

const whole = (tk) => waitUntil(async () => (await tk.metrics()).thongke_redis_up === 1, { what: 'the link' });

test('the tail of Redis\'s log is cut: what was acknowledged is sent again, once', async (t) => {
  const tk = await start(t, { sites: { one: {}, two: {} } });
  for (let i = 0; i < 3; i++) await tk.hit({ site: 'one', page: `/early/${i}` });
  const size = appended(tk.dir);
  for (let i = 0; i < 4; i++) await tk.hit({ site: 'one', page: `/late/${i}` });
  for (let i = 0; i < 2; i++) await tk.hit({ site: 'two' });
  await cutTail(tk, size);
  // Nobody needs to come by for it.
  await waitUntil(async () => (await counted(tk, 'one')) === 7 && (await counted(tk, 'two')) === 2, { what: 'all to be back' });
  assert.deepEqual(await tk.redis.cmd('HGETALL', 'tk:{one}:pages'),
    ['early/0', 'early/1', 'early/2', 'late/0', 'late/1', 'late/2', 'late/3'].flatMap((page) => [`/${page}`, '1']));
  const metrics = await tk.metrics();
  assert.deepEqual([metrics.thongke_returned_batches_total, metrics.thongke_lost_batches_total], [6, 0]);
  assert.equal(metrics['thongke_hits_total{site="one"}'], 7);
  assert.match(tk.log, /site one: Redis has lost 4 batches that it had acknowledged; they are sent again/);
  assert.equal((await tk.hit({ site: 'one' })).body.total, 8);
});

test('a cut in the middle of a batch loses that batch whole, and it is sent again', async (t) => {
  const tk = await start(t);
  await tk.hit();
  const before = appended(tk.dir);
  await tk.hit({ page: '/cut' });
  const after = appended(tk.dir);
  await cutTail(tk, before + Math.floor((after - before) / 2));
  await waitUntil(async () => (await counted(tk)) === 2, { what: 'both' });
  assert.equal(await tk.redis.cmd('HGET', 'tk:{demo}:pages', '/cut'), '1');
});

test('Redis emptied within retention: everything is put back', async (t) => {
  const tk = await start(t);
  for (let i = 0; i < 5; i++) await tk.hit({ page: `/${i}` });
  await tk.redis.cmd('FLUSHALL');
  const { body } = await tk.hit({ page: '/5' });
  assert.deepEqual([body.total, body.today, body.page.views], [6, 6, 1]);
  assert.equal((await tk.metrics()).thongke_lost_batches_total, 0);
});

test('Redis emptied beyond retention: said loudly, counted on, new hits exact', async (t) => {
  const tk = await start(t, { daemon: { retention: 0 } });
  for (let i = 0; i < 5; i++) await tk.hit();
  await tk.redis.cmd('FLUSHALL');
  assert.equal((await tk.hit()).body.total, 1);
  assert.equal((await tk.hit()).body.total, 2);
  assert.equal((await tk.metrics()).thongke_lost_batches_total, 5);
  assert.match(tk.log, /5 batches before 6 are gone/);
});

test('an old backup is restored: what is kept is put back, the rest is said', async (t) => {
  const tk = await start(t);
  await tk.hit();
  await tk.redis.cmd('SET', 'tk:{demo}:writer:00000000000000000000000000000000', 7); // another writer's stays as it is
  const size = appended(tk.dir);
  for (let i = 0; i < 3; i++) await tk.hit();
  tk.configure({ retention: 0 });
  tk.signal('SIGHUP');
  await waitUntil(() => /reload: done/.test(tk.log), { what: 'the reload' });
  await tk.hit(); // takes all that is kept with it
  await cutTail(tk, size);
  await whole(tk);
  await waitUntil(async () => (await tk.metrics()).thongke_lost_batches_total === 4, { what: 'the loss to be said' });
  assert.equal((await tk.hit()).body.total, 2);
  assert.equal(await tk.redis.cmd('GET', 'tk:{demo}:writer:00000000000000000000000000000000'), '7');
});

test('retention is bounded in bytes', async (t) => {
  const tk = await start(t, { daemon: { retention_max: '8k' } });
  for (let i = 0; i < 50; i++) await tk.hit({ page: `/${token()}` });
  const { thongke_retained_bytes: bytes } = await tk.metrics();
  assert.ok(bytes > 4_096 && bytes <= 8_192, `${bytes}`);
});

test('kill -9 of Redis with its tail cut, again and again under load: none lost, none twice', async (t) => {
  const tk = await start(t, { daemon: { commit_timeout: 500 } });
  const pages = [];
  for (let round = 0; round < 5; round++) {
    const size = appended(tk.dir);
    for (let i = 0; i < 10; i++) {
      const page = `/${round}/${i}`;
      assert.equal((await tk.hit({ page })).status, 200);
      pages.push(page);
    }
    const end = appended(tk.dir);
    await cutTail(tk, Math.floor(size + (end - size) * (round / 5)));
    await waitUntil(async () => (await counted(tk)) === pages.length, { what: `round ${round} to be whole` });
  }
  const stored = await tk.redis.cmd('HGETALL', 'tk:{demo}:pages');
  assert.deepEqual(Object.fromEntries(pages.map((page) => [page, '1'])),
    Object.fromEntries(stored.flatMap((page, i) => (i % 2 ? [] : [[page, stored[i + 1]]]))));
});
