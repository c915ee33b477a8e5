// A week with known truth, replayed at full speed: every figure of every answer is as it must be.
//
// The table expected/counted stands in week.md; UPDATE=1 writes it anew.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import { request, start, test, top } from './harness.mjs';
import { happenings, truth } from './week.mjs';

const sites = { xa: {}, huyen: { figure: 'visits' }, tinh: { repeat_window: '600s' } };
const tables = [];

/** Replays, and compares each answer with the truth. Answers the truths by site. */
async function replay(tk, events) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const truths = Object.fromEntries(Object.entries(sites).map(([name, { figure, repeat_window }]) => [name, truth({ figure, repeat_window: parseInt(repeat_window ?? 0, 10) })]));
  const send = (event) =>
    new Promise((resolve, reject) => {
      const fields = { site: event.site, page: event.page, type: event.kind === 'beat' ? 'beat' : 'view', ...(event.id && { id: event.id }), ...(event.token && { visitor: event.token }) };
      const headers = { 'X-Forwarded-For': event.address, 'User-Agent': event.agent, Origin: `http://${event.site}.test`, ...(event.kind === 'prefetch' && { 'Sec-Purpose': 'prefetch' }) };
      const r = http.request({ socketPath: tk.socket, path: '/tk/hit', method: 'POST', agent, headers }, (reply) => {
        const chunks = [];
        reply.on('data', (chunk) => chunks.push(chunk));
        reply.on('end', () => resolve({ status: reply.statusCode, body: JSON.parse(Buffer.concat(chunks)) }));
      });
      r.on('error', reject).end(new URLSearchParams(fields).toString());
    });
  let n = 0;
  for (const event of events) {
    assert.equal((await request('POST', `${tk.admin}/clock`, { body: String(event.at) })).status, 200);
    const { status, body } = await send(event);
    const { views, ...expected } = truths[event.site].tell(event);
    const shown = Object.fromEntries(Object.keys(expected).map((name) => [name, body[name]]));
    assert.deepEqual({ status, ...shown, views: body.page.views }, { status: 200, ...expected, views }, `event ${n}: ${JSON.stringify(event)}`);
    n++;
  }
  agent.destroy();
  return truths;
}

const pairs = (list) => Object.fromEntries(list.flatMap((name, i) => (i % 2 ? [] : [[name, Number(list[i + 1])]])));

/** What Redis holds at the end, compared with the truth; a table row a day. */
async function compare(tk, truths, title) {
  const rows = [`## ${title}`, '', '| site | day | hits | visits | visitors | counted |', '|---|---|---|---|---|---|'];
  for (const [site, t] of Object.entries(truths)) {
    await tk.folded();
    const [hits, visits] = [{}, {}];
    for (const [field, n] of Object.entries(pairs(await tk.redis.cmd('HGETALL', `tk:{${site}}:counts`)))) {
      const [, v, year, month, day] = /^(v?)(\d{4})(\d\d)(\d\d)$/.exec(field) ?? [];
      if (day) (v ? visits : hits)[`${year}-${month}-${day}`] = n;
    }
    const refused = {};
    for (const [day, expected] of [...t.hits].sort(([a], [b]) => a - b)) {
      const date = t.dateOf(day);
      const visitors = await tk.redis.cmd('PFCOUNT', `tk:{${site}}:visitors:${date.replaceAll('-', '')}`);
      const people = t.visitors.get(day).size;
      assert.ok(Math.abs(visitors - people) <= Math.max(1, 0.025 * people), `${site} ${date}: ${people} visitors, ${visitors} counted`);
      assert.deepEqual([hits[date], visits[date] ?? 0], [expected, t.visits.get(day) ?? 0], `${site} ${date}`);
      rows.push(`| ${site} | ${date} | ${expected} | ${t.visits.get(day) ?? 0} | ${people} | ${hits[date]}, ${visits[date] ?? 0}, ${visitors} |`);
    }
    assert.equal(Object.keys(hits).length, t.hits.size);
    for (const key of await tk.redis.cmd('KEYS', `tk:{${site}}:details:*`)) {
      for (const [name, n] of Object.entries(pairs(await tk.redis.cmd('HGETALL', key)))) {
        if (name.startsWith('x:')) refused[name.slice(2)] = (refused[name.slice(2)] ?? 0) + n;
      }
    }
    assert.deepEqual(refused, Object.fromEntries(t.refused), `${site}: refused`);
    assert.deepEqual(pairs(await tk.redis.cmd('HGETALL', `tk:{${site}}:pages`)), Object.fromEntries(t.pages), `${site}: pages`);
    rows.push(`| ${site} | refused | ${[...t.refused].map(([reason, n]) => `${reason} ${n}`).sort().join(', ')} | | | the same |`);
  }
  const verify = await tk.cli('verify');
  assert.equal(verify.code, 0, verify.stdout);
  tables.push(rows.join('\n') + '\n');
}

for (const [title, plan] of [
  ['19 to 25 November 2026: a week, Sunday to Monday', { seed: 20261119, from: '2026-11-19', days: 7, people: 90 }],
  ['29 December 2026 to 2 January 2027: New Year within a week', { seed: 20261229, from: '2026-12-29', days: 5, people: 60 }],
]) {
  test(title, async (t) => {
    const tk = await start(t, { daemon: { test_clock: 'yes' }, sites });
    const events = happenings({ ...plan, sites: Object.keys(sites) });
    console.log(`${events.length} events`);
    await compare(tk, await replay(tk, events), `${title}: ${events.length} events`);
  });
}

test('the table is as it stands in week.md', () => {
  const file = `${top}/tests/e2e/week.md`;
  const text = `# Expected, and what was counted (hits, visits, visitors)\n\nVisitors are a HyperLogLog's estimate. Made by tests/e2e/week.test.mjs.\n\n${tables.join('\n')}`;
  console.log(text);
  if (process.env.UPDATE) fs.writeFileSync(file, text);
  const withoutEstimates = (s) => s.replace(/, \d+ \|$/gm, ', … |');
  assert.equal(withoutEstimates(text), withoutEstimates(fs.readFileSync(file, 'utf8')));
});
