// Every hit that was sent, each to a page of its own, and whether Redis has it:
// an acknowledged one exactly once, any other once or not at all.
import { randomBytes } from 'node:crypto';

/** Every so many hits one goes without an id. */
const NAMELESS = 4;

/**
 * A book of hits:
 *   { site, page, id, acknowledged, at, ms, mayBeLost }
 *   id            null for every fourth.  An id hides it from a view when a batch is applied twice, because the id is
 *                 known then; a hit without one shows it.  So it is never sent again.
 *   acknowledged  how often it was answered 200
 *   sent, at, ms  when it was first sent, when it was first acknowledged (milliseconds, performance.now()), and how
 *                 long that last try took
 *   mayBeLost     set by a test that destroys data on purpose, as nothing else does
 */
export function ledger(sites) {
  const run = randomBytes(4).toString('hex');
  const hits = [];

  return {
    sites,
    hits,
    get acknowledged() {
      return hits.reduce((n, hit) => n + (hit.acknowledged > 0), 0);
    },
    /** A new hit, to a page that nobody has seen. */
    next() {
      const n = hits.length;
      const id = n % NAMELESS === NAMELESS - 1 ? null : run + n.toString(16).padStart(8, '0');
      const hit = { site: sites[n % sites.length], page: `/${run}/${n}`, id, acknowledged: 0, sent: null, at: null, ms: null };
      hits.push(hit);
      return hit;
    },
    /** It was answered 200, so many milliseconds after it was sent. */
    note(hit, ms) {
      if (hit.acknowledged++ === 0) Object.assign(hit, { at: performance.now(), ms });
    },
    /** What was sent until then, and only acknowledged from then on, was destroyed on purpose. */
    giveUp: (is) => hits.filter(is).forEach((hit) => (hit.mayBeLost = true)),
    /** Compare with what Redis holds: see compare(). */
    async check(redis) {
      const stored = new Map();
      for (const site of sites) stored.set(site, await readSite(redis, site));
      return compare(hits, stored);
    },
  };
}

/** All that Redis holds of a site: { total, days, pages: Map of page → views }. */
export async function readSite(redis, site) {
  const counts = await redis.cmd('HGETALL', `tk:{${site}}:counts`);
  let [total, days] = [0, 0];
  for (let i = 0; i < counts.length; i += 2) {
    if (counts[i] === 'hits') total = Number(counts[i + 1]);
    if (/^\d+$/.test(counts[i])) days += Number(counts[i + 1]);
  }
  const pages = new Map();
  const list = await redis.cmd('HGETALL', `tk:{${site}}:pages`);
  for (let i = 0; i < list.length; i += 2) pages.set(list[i], Number(list[i + 1]));
  return { total, days, pages };
}

/**
 * Hit by hit.  Answers { sent, acknowledged, counted, lost, twice, wrong }:
 *   lost   acknowledged hits that are not there
 *   twice  hits, acknowledged or not, that are there more than once
 *   wrong  whatever else can not be: sums that do not agree, pages that nobody sent
 */
export function compare(hits, stored) {
  const result = { sent: hits.length, acknowledged: 0, counted: 0, lost: [], twice: [], wrong: [] };
  const unclaimed = new Map([...stored].map(([site, { pages }]) => [site, new Map(pages)]));
  for (const hit of hits) {
    const pages = unclaimed.get(hit.site);
    const score = pages.get(hit.page) ?? 0;
    pages.delete(hit.page);
    if (hit.acknowledged > 0) result.acknowledged++;
    if (score > 0) result.counted++;
    if (hit.acknowledged > 0 && score === 0 && !hit.mayBeLost) result.lost.push(hit);
    if (score > 1) result.twice.push({ ...hit, score });
    if (score < 0 || !Number.isInteger(score)) result.wrong.push(`${hit.site}${hit.page} has the score ${score}`);
  }
  for (const [site, { total, days, pages }] of stored) {
    const scores = [...pages.values()].reduce((sum, score) => sum + score, 0);
    if (total !== days || days !== scores) result.wrong.push(`${site}: total ${total}, days ${days}, pages ${scores}`);
    for (const page of unclaimed.get(site).keys()) result.wrong.push(`${site}: nobody sent ${page}`);
  }
  return result;
}

/** Whether nothing is lost, twice or wrong. */
export const isExact = ({ lost, twice, wrong }) => lost.length + twice.length + wrong.length === 0;
