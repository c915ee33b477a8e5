// Who counts and who does not: robots, prefetches, staff, floods; identities; visits; midnight.
import assert from 'node:assert/strict';
import { browserAgent, request, start, test, token } from './harness.mjs';

const daemon = { test_clock: 'yes', debug_networks: '0.0.0.0/0 ::/0' };
const setClock = async (tk, moment) => {
  const { status } = await request('POST', `${tk.admin}/clock`, { body: String(moment) });
  assert.equal(status, 200);
};
const noon = Date.parse('2026-11-23T12:00:00+07:00');
const MINUTE = 60_000;

/** A reader of demo.test behind a proxy that is trusted, at a time. */
function reader(tk, address, { agent = browserAgent, visitor = token(), site = 'demo' } = {}) {
  return async (page = '/', { at, headers, ...more } = {}) => {
    if (at !== undefined) await setClock(tk, at);
    return tk.hit({ site, page, visitor, ...more, headers: { 'X-Forwarded-For': address, 'User-Agent': agent, ...headers } });
  };
}
const verdict = ({ headers }) => headers['thongke-counted'];
const details = async (tk, day = '20261123', site = 'demo') => {
  await tk.folded();
  const list = await tk.redis.cmd('HGETALL', `tk:{${site}}:details:${day}`);
  return Object.fromEntries(list.flatMap((name, i) => (i % 2 ? [] : [[name, Number(list[i + 1])]])));
};

test('what is not counted is answered like what is, and told by reason', async (t) => {
  const tk = await start(t, {
    daemon: { ...daemon, bot_networks: '203.0.113.0/24' },
    sites: { demo: { exclude_networks: '198.51.100.0/24' }, open: { bots: 'count' } },
  });
  const person = reader(tk, '192.0.2.1');
  const counted = await person('/', { at: noon });
  assert.equal(counted.body.total, 1);
  assert.equal(verdict(counted), 'yes; client=192.0.2.1');
  const refused = [
    ['bot', reader(tk, '192.0.2.2', { agent: 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' })],
    ['bot', reader(tk, '192.0.2.2', { agent: 'curl/8.5.0' })],
    ['agent', reader(tk, '192.0.2.2', { agent: '-' })],
    ['bot_network', reader(tk, '203.0.113.9')],
    ['excluded', reader(tk, '198.51.100.200')],
    ['prefetch', reader(tk, '192.0.2.3'), { headers: { 'Sec-Purpose': 'prefetch;prerender' } }],
    ['prefetch', reader(tk, '192.0.2.3'), { headers: { Purpose: 'prefetch' } }],
    ['prefetch', reader(tk, '192.0.2.3'), { headers: { 'X-Moz': 'prefetch' } }],
    ['prefetch', reader(tk, '192.0.2.3'), { headers: { 'X-Purpose': 'preview' } }],
    ['bot', reader(tk, '192.0.2.4'), { robot: '1' }],
  ];
  const reasons = {};
  for (const [reason, visit, more] of refused) {
    const reply = await visit('/b', more);
    assert.deepEqual([reply.status, reply.body.total, reply.body.online, reply.body.page.views], [200, 1, 1, 0], reason);
    assert.match(verdict(reply), new RegExp(`^no; reason=${reason}; client=`));
    reasons[reason] = (reasons[reason] ?? 0) + 1;
  }
  const stored = await details(tk);
  for (const [reason, n] of Object.entries(reasons)) {
    assert.equal(stored[`x:${reason}`], n, reason);
    await tk.expectMetric(`thongke_refused_total{reason="${reason}"}`, n);
  }
  assert.equal((await person('/', { type: 'beat' })).body.online, 1);
  const open = await reader(tk, '203.0.113.9', { site: 'open', agent: 'curl/8.5.0' })('/');
  assert.equal(open.body.total, 1);
});

test('only debug_networks are told', async (t) => {
  const tk = await start(t, { daemon: { debug_networks: '192.0.2.0/24' } });
  assert.equal(verdict(await reader(tk, '192.0.3.1')()), undefined);
  assert.equal(verdict(await reader(tk, '192.0.2.1')()), 'yes; client=192.0.2.1');
});

test('a forged X-Forwarded-For changes nothing for whom no proxy vouches', async (t) => {
  const tk = await start(t, { daemon: { debug_networks: '0.0.0.0/0', trusted_proxies: '10.0.0.0/8' } });
  const forged = { 'X-Forwarded-For': '8.8.8.8', Forwarded: 'for=9.9.9.9', 'X-Real-IP': '7.7.7.7' };
  const reply = await tk.request('POST', '/hit', {
    headers: { ...forged, 'Content-Type': 'text/plain', 'User-Agent': browserAgent, Origin: 'http://demo.test' },
    body: 'site=demo&page=/',
  });
  assert.equal(verdict(reply), 'yes; client=127.0.0.1');
  const beside = await start(t, { daemon: { debug_networks: '0.0.0.0/0' } });
  assert.equal(verdict(await reader(beside, '8.8.8.8, 9.9.9.9')('/', { headers: { Forwarded: 'for=1.1.1.1' } })), 'yes; client=9.9.9.9');
});

test('a visit ends with 30 minutes of absence, and a beat keeps it', async (t) => {
  const tk = await start(t, { daemon, sites: { demo: { figure: 'visits' } } });
  const one = reader(tk, '192.0.2.1');
  assert.equal((await one('/a', { at: noon })).body.total, 1);
  assert.equal((await one('/b', { at: noon + 29 * MINUTE })).body.total, 1);
  await one('/b', { at: noon + 50 * MINUTE, type: 'beat' });
  assert.equal((await one('/c', { at: noon + 80 * MINUTE })).body.total, 1);
  const back = await one('/d', { at: noon + 111 * MINUTE });
  assert.deepEqual([back.body.total, back.body.today, back.body.week], [2, 2, 2]);
  assert.equal((await reader(tk, '192.0.2.2')('/')).body.total, 3);
  assert.equal(Number(await tk.redis.cmd('HGET', 'tk:{demo}:counts', 'hits')), 5);
  await tk.expectMetric('thongke_visits_total{site="demo"}', 3);
  const counts = await tk.counts({ site: 'demo' });
  assert.equal(counts.body.total, 3);
});

test('an online reader stays one at midnight, as a visit does', async (t) => {
  const tk = await start(t, { daemon, sites: { demo: { figure: 'visits' } } });
  const midnight = Date.parse('2026-11-24T00:00:00+07:00');
  const people = ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((address) => reader(tk, address));
  for (const one of people) await one('/', { at: midnight - 2 * MINUTE });
  assert.equal((await people[0]('/', { at: midnight + 1000, type: 'beat' })).body.online, 3);
  assert.equal((await people[1]('/b', { at: midnight + 2000 })).body.online, 3);
  assert.equal((await people[1]('/c', { at: midnight + 3000 })).body.online, 3);
  const last = await people[2]('/b', { at: midnight + 25 * MINUTE });
  assert.deepEqual([last.body.online, last.body.total, last.body.today], [1, 3, 0]);
  assert.equal((await people[2]('/b', { at: midnight + 100 * MINUTE })).body.total, 4);
});

test('two people with equal browsers behind one address are two; without tokens they are one', async (t) => {
  const tk = await start(t, { daemon: { visitors_per_address: 3 }, sites: { demo: {}, plain: { identity: 'address' } } });
  let last;
  for (let i = 0; i < 3; i++) last = await reader(tk, '192.0.2.1')();
  assert.equal(last.body.online, 3);
  for (let i = 0; i < 5; i++) last = await reader(tk, '192.0.2.1')(); // beyond the limit they share one
  assert.equal(last.body.online, 4);
  for (let i = 0; i < 5; i++) last = await reader(tk, '192.0.2.1', { agent: browserAgent.replace('126', 100 + i), visitor: null })();
  assert.equal(last.body.online, 4);
  assert.equal(last.body.total, 13);
  for (let i = 0; i < 3; i++) last = await reader(tk, '192.0.2.1', { site: 'plain' })();
  assert.deepEqual([last.body.online, last.body.total], [1, 3]);
  for (const header of ['Sec-GPC', 'DNT']) {
    for (let i = 0; i < 2; i++) last = await reader(tk, '192.0.2.77')('/', { headers: { [header]: '1' } });
  }
  assert.equal(last.body.online, 5);
});

test('over the limit the reader is answered and not counted', async (t) => {
  const tk = await start(t, { daemon: { ...daemon, client_rate: 1, client_burst: 5 }, sites: { demo: {}, slow: { site_rate: 1 } } });
  const flooder = reader(tk, '192.0.2.1');
  await setClock(tk, noon);
  const replies = [];
  for (let i = 0; i < 8; i++) replies.push(await flooder(`/${i}`));
  assert.deepEqual(replies.map((r) => r.body.total), [1, 2, 3, 4, 5, 5, 5, 5]);
  assert.match(verdict(replies[7]), /^no; reason=limit/);
  assert.equal((await reader(tk, '192.0.2.2')()).body.total, 6);
  assert.equal((await flooder('/later', { at: noon + 2000 })).body.total, 7);
  const slow = [];
  for (let i = 0; i < 15; i++) slow.push(await reader(tk, `192.0.5.${i}`, { site: 'slow' })());
  assert.equal(slow.at(-1).body.total, 10);
});

test('with repeat_window a reload of the same page is not counted again', async (t) => {
  const tk = await start(t, { daemon, sites: { demo: { repeat_window: '600s' } } });
  const one = reader(tk, '192.0.2.1');
  const totals = [];
  for (const [page, at] of [['/a', 0], ['/a', 1], ['/b', 2], ['/a', 599], ['/a', 601], ['/a', 700]]) {
    totals.push((await one(page, { at: noon + at * 1000 })).body.total);
  }
  assert.deepEqual(totals, [1, 1, 2, 2, 3, 3]);
  assert.equal((await reader(tk, '192.0.2.2')('/a')).body.total, 4);
  assert.equal((await details(tk))['x:repeat'], 3);
  await tk.expectMetric('thongke_refused_total{reason="repeat"}', 3);
});

test('visitors of a day, and what they come with and from', async (t) => {
  const tk = await start(t, { daemon });
  const iphone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1';
  await setClock(tk, noon);
  const one = reader(tk, '192.0.2.1');
  await one('/', { headers: { 'Accept-Language': 'vi-VN,vi;q=0.9,en;q=0.8' }, ref: 'www.google.com.vn' });
  await one('/tin', { headers: { 'Accept-Language': 'vi-VN,vi;q=0.9,en;q=0.8' }, ref: 'demo.test' });
  await reader(tk, '192.0.2.2', { agent: iphone })('/', { headers: { 'Accept-Language': 'en-US' } });
  await one('/tin', { type: 'beat' });
  assert.deepEqual(await details(tk), {
    'b:Chrome': 2, 'b:Safari': 1, 's:Windows': 2, 's:iOS': 1, 'd:desktop': 2, 'd:mobile': 1, 'l:vi': 2, 'l:en': 1, 'c:(unknown)': 3,
  });
  assert.equal(await tk.redis.cmd('PFCOUNT', 'tk:{demo}:visitors:20261123'), 2);
  assert.deepEqual(await tk.redis.cmd('HGETALL', 'tk:{demo}:referrers:20261123'), ['google', '1', '(internal)', '1', '(direct)', '1']);
  assert.deepEqual(await tk.redis.cmd('HGETALL', 'tk:{demo}:pages:20261123'), ['/', '2', '/tin', '1']);
  for (const noun of ['details', 'visitors', 'referrers', 'pages']) {
    const ttl = await tk.redis.cmd('TTL', `tk:{demo}:${noun}:20261123`);
    assert.ok(ttl > 399 * 86400 && ttl <= 400 * 86400, `${noun}: ${ttl}`);
  }
});

test('pages and referrers beyond their bound are counted together', async (t) => {
  const tk = await start(t, { sites: { demo: { pages_max: 3, referrers_max: 2 } } });
  const one = reader(tk, '192.0.2.1');
  const views = [];
  for (const n of [1, 2, 3, 4, 5, 1]) views.push((await one(`/${n}`, { ref: `r${n}.vn` })).body.page.views);
  assert.deepEqual(views, [1, 1, 1, null, null, 2]);
  assert.deepEqual(await tk.redis.cmd('HGETALL', 'tk:{demo}:pages'), ['/1', '2', '/2', '1', '/3', '1', '(other)', '2']);
  await tk.folded();
  const [day] = (await tk.redis.cmd('KEYS', 'tk:{demo}:referrers:*')).map((key) => key.split(':').at(-1));
  assert.deepEqual(await tk.redis.cmd('HGETALL', `tk:{demo}:referrers:${day}`), ['r1.vn', '2', 'r2.vn', '1', '(other)', '3']);
  const read = await tk.counts({ site: 'demo', page: ['/1', '/5'] });
  assert.deepEqual(read.body.pages.map((p) => p.views), [2, null]);
  assert.equal((await tk.cli('verify')).code, 0);
});

test('a steady reader is one online for an hour; a closed tab leaves within online_window', async (t) => {
  const tk = await start(t, { daemon });
  const one = reader(tk, '192.0.2.1');
  const other = reader(tk, '192.0.2.2');
  const { body } = await one('/', { at: noon });
  await other('/');
  for (let at = noon + body.next * 1000; at <= noon + 60 * MINUTE; at += body.next * 1000) {
    const expected = at - noon < 300_000 ? 2 : 1; // the other one has closed the tab
    assert.equal((await one('/', { at, type: 'beat' })).body.online, expected, `after ${(at - noon) / MINUTE} min`);
  }
  await setClock(tk, noon + 66 * MINUTE);
  assert.equal((await tk.counts({ site: 'demo', page: '/' })).body.online, 0); // with a page it is read anew
});

test('a new opening total is logged', async (t) => {
  const tk = await start(t);
  await tk.hit();
  assert.equal((await tk.cli('base', 'demo', '32302')).code, 0);
  assert.equal((await tk.hit()).body.total, 32304);
  assert.match(tk.log, /site demo: its opening total is 32302 now, it was 0/);
});

test('who asks not to be counted is not, and not online; the box asks for its words', async (t) => {
  const tk = await start(t, { daemon, sites: { demo: {}, visits: { figure: 'visits', week_start: 'sunday' } } });
  const person = reader(tk, '192.0.2.1');
  const off = await person('/', { at: noon, off: 1, list: 'vi' });
  assert.match(verdict(off), /^no; reason=excluded/);
  assert.deepEqual([off.body.total, off.body.online], [0, 0]);
  assert.equal(off.body.list.label, 'Thống kê truy cập');
  assert.deepEqual(off.body.list.rows[3], ['week', 'Trong tuần', 'Số lượt truy cập từ 23/11/2026']);
  assert.equal((await person('/')).body.list, undefined);

  const visits = reader(tk, '192.0.2.1', { site: 'visits' });
  const title = async (list) => (await visits('/', { list })).body.list.rows[3][2];
  assert.equal(await title('en'), 'Visits since 22/11/2026');
  assert.equal(await title('fr'), 'Số lượt khách từ 22/11/2026');
  await setClock(tk, noon + 7 * 24 * 60 * MINUTE);
  assert.equal(await title('en'), 'Visits since 29/11/2026');
});
