// A made-up week with known truth: who comes to which page of which site and when, and what must be shown to each.
//
// The same seed gives the same week.  The truth is kept the simplest way there is, person by person, and knows nothing
// of tokens, hashes, batches or keys.

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const ZONE = 7 * HOUR; // Asia/Ho_Chi_Minh, which knows no summer time

const chrome = (n) => `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${n}.0.0.0 Safari/537.36`;
const robots = [
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)',
  'curl/8.5.0',
  'python-requests/2.31.0',
];

/** Numbers from 0 to below 1 that look random (mulberry32). */
function randomOf(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * All that happens from a local date on, in order of time: { at, site, person, page, type, id, kind, token, address, agent }.
 *   kind   view, beat, retry (of a view, with its id), robot, prefetch
 *   token  null where the script may keep nothing
 */
export function happenings({ seed, from, days, sites, people }) {
  const random = randomOf(seed);
  const upTo = (n) => Math.floor(random() * n);
  const hex = () => [0, 1].map(() => upTo(2 ** 32).toString(16).padStart(8, '0')).join('');
  const start = Date.parse(`${from}T00:00:00+07:00`);
  const events = [];
  const page = () => `/tin/${Math.floor(30 ** random())}`;

  // Half of them sit in an office: one address, one browser.  Some have no token, and then a browser of their own.
  function personOf(n) {
    const inOffice = n % 2 === 0;
    const hasToken = inOffice || n % 3 !== 0;
    return { name: n, site: sites[n % sites.length], hasToken, address: inOffice ? '203.0.113.1' : `198.51.${n >> 8}.${n & 255}`, roams: hasToken && !inOffice,
      agent: inOffice ? chrome(126) : chrome(60 + (n % 70)), token: null, seen: -Infinity };
  }

  function add(person, at, kind, more) {
    // A new token with the first view of a day, but not in the middle of a visit.
    const isNewDay = Math.floor((at + ZONE) / DAY) !== Math.floor((person.seen + ZONE) / DAY);
    if (person.hasToken && (!person.token || (kind === 'view' && isNewDay && at - person.seen > 30 * MINUTE))) person.token = hex();
    person.seen = at;
    const address = person.roams && upTo(4) === 0 ? `198.51.${100 + upTo(50)}.${upTo(256)}` : person.address;
    events.push({ at, site: person.site, person: person.name, kind, token: person.token, address, agent: person.agent, ...more });
  }

  /** Some pages, one after the other, each read for a while. */
  function visit(person, at) {
    for (let views = 1 + upTo(5); views > 0; views--) {
      const view = { page: page(), id: hex() };
      add(person, at, 'view', view);
      if (upTo(30) === 0) add(person, at + 15 * SECOND + upTo(SECOND), 'retry', view);
      if (upTo(10) === 0) add(person, at + 20 * SECOND + upTo(SECOND), 'view', { page: view.page, id: hex() }); // a reload
      const read = 30 * SECOND + upTo(8 * MINUTE);
      for (let beat = 120 * SECOND + upTo(15 * SECOND); beat < read; beat += 120 * SECOND + upTo(15 * SECOND)) add(person, at + beat, 'beat', { page: view.page });
      at += read + SECOND;
    }
  }

  for (let n = 0; n < people; n++) {
    const person = personOf(n);
    let at = start + upTo(DAY);
    while (at < start + days * DAY) {
      visit(person, at);
      // Now and then back after a while that makes it a new visit or not; more of them come late, to be there at midnight.
      at = person.seen + [20 * MINUTE, 29 * MINUTE, 32 * MINUTE, 2 * HOUR, 9 * HOUR, 20 * HOUR][upTo(6)] + upTo(MINUTE);
      if (upTo(4) === 0) at = Math.floor((at + ZONE) / DAY + 1) * DAY - ZONE - upTo(20 * MINUTE);
      if (at <= person.seen) at = person.seen + HOUR;
    }
  }
  for (let n = 0; n < 40 * days; n++) {
    const kind = n % 3 === 0 ? 'prefetch' : 'robot';
    events.push({ at: start + upTo(days * DAY), site: sites[n % sites.length], person: `${kind} ${n}`, kind, page: page(), id: hex(), token: hex(), address: `192.0.2.${n % 250}`,
      agent: kind === 'robot' ? robots[n % robots.length] : chrome(126) });
  }
  return events.filter(({ at }) => at < start + days * DAY).sort((a, b) => a.at - b.at);
}

const dayOf = (at) => Math.floor((at + ZONE) / DAY); // days since 1 January 1970, a Thursday
const dateOf = (day) => new Date(day * DAY).toISOString().slice(0, 10);
const mondayOf = (day) => day - ((day + 3) % 7);

/** The truth of one site; each event is told it, and it answers what must be shown then. */
export function truth({ figure = 'hits', repeat_window = 0 } = {}) {
  const t = { hits: new Map(), visits: new Map(), visitors: new Map(), pages: new Map(), refused: new Map() };
  const seen = new Map(); // person -> moment
  const ids = new Set();
  const counted = new Map(); // person and page -> moment
  const add = (map, key, n = 1) => map.set(key, (map.get(key) ?? 0) + n);

  function count({ at, person, page, kind, id }) {
    const day = dayOf(at);
    if (kind === 'robot' || kind === 'prefetch') return add(t.refused, kind === 'robot' ? 'bot' : kind);
    if (kind === 'view' && !ids.has(id)) {
      const last = counted.get(`${person} ${page}`);
      if (repeat_window && last && at - last < repeat_window * SECOND && dayOf(last) === day) {
        add(t.refused, 'repeat');
      } else {
        add(t.hits, day);
        add(t.pages, page);
        if (!(at - seen.get(person) <= 30 * MINUTE)) add(t.visits, day);
        if (!t.visitors.has(day)) t.visitors.set(day, new Set());
        t.visitors.get(day).add(person);
        counted.set(`${person} ${page}`, at);
      }
    }
    if (id) ids.add(id);
    seen.set(person, at);
  }

  return Object.assign(t, {
    tell(event) {
      count(event);
      const of = figure === 'hits' ? t.hits : t.visits;
      const today = dayOf(event.at);
      const sum = (is) => [...of].reduce((all, [day, n]) => all + (is(day) ? n : 0), 0);
      const month = dateOf(today).slice(0, 7);
      return {
        online: [...seen.values()].filter((at) => at > event.at - 300 * SECOND).length,
        today: of.get(today) ?? 0,
        yesterday: of.get(today - 1) ?? 0,
        week: sum((day) => day >= mondayOf(today)),
        month: sum((day) => dateOf(day).startsWith(month)),
        year: sum((day) => dateOf(day).startsWith(month.slice(0, 4))),
        total: sum(() => true),
        views: t.pages.get(event.page) ?? 0,
      };
    },
    dateOf,
  });
}
