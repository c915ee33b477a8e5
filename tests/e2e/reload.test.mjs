// SIGHUP: the configuration read anew.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { start, test, waitUntil } from './harness.mjs';

test('a new site counts, the old one counts on', async (t) => {
  const tk = await start(t, { sites: { one: {} } });
  await tk.hit({ site: 'one' });
  assert.equal((await tk.hit({ site: 'two' })).status, 404);
  tk.configure({}, { one: {}, two: {} });
  tk.signal('SIGHUP');
  await waitUntil(async () => (await tk.hit({ site: 'two' })).status === 200, { what: 'the new site' });
  assert.equal((await tk.hit({ site: 'one' })).body.total, 2);
});

test('a mistake is said, and the old configuration stays', async (t) => {
  const tk = await start(t);
  fs.appendFileSync(tk.ini, 'no_such_option = 1\n');
  tk.signal('SIGHUP');
  await waitUntil(() => /no_such_option/.test(tk.log), { what: 'the complaint' });
  assert.equal((await tk.hit()).body.total, 1);
});
