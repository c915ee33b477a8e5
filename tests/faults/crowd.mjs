// Many visitors at once, each on a connection of its own, one hit after another.
import { dial, hitBytes } from '../e2e/load.mjs';

/** Let a random while pass, up to so many milliseconds: the moment of a fault. */
export const aWhile = (most) => new Promise((resolve) => setTimeout(resolve, Math.random() * most));

/** An integer from 0 to below n. */
export const random = (n) => Math.floor(Math.random() * n);

/** A pace at which the daemon's time to answer is seen, not how long visitors keep this process busy. */
export const MEASURED = 15;

const PAUSE_MS = 10; // between a refusal and the next try
const MOST_HITS = 50_000; // nobody is to run on for ever
const PATIENCE_MS = 30_000;

/**
 * Visitors come until finish(), to the daemons in doors; where there are several, to another with each hit.
 *   connections  how many visitors
 *   retry        a hit with an id that was not answered 200 is sent again, at the next door if there are several, until
 *                it is; else it is left as it is
 *   everywhere   a hit with an id is sent to each door, whatever the first one said, and retried as above
 *   gone         of all hits, the share whose visitor leaves without waiting for an answer
 *   pace         ms between two hits of a visitor, on average
 */
export function crowd(book, doors, { connections = 32, ...how } = {}) {
  const c = {
    book,
    doors,
    how: { retry: false, everywhere: false, gone: 0.02, pace: 0, ...how },
    /** What they have seen so far; left: they did not wait, repeated: sent once more. */
    state: { sent: 0, acknowledged: 0, refused: 0, left: 0, repeated: 0 },
    finishing: false,
    failure: null,
    lines: new Set(),
    goals: new Set(),
  };
  const visitors = Promise.all(Array.from({ length: connections }, (_, i) => visit(c, i).catch((error) => fail(c, error))));

  return {
    state: c.state,
    /** Wait until n more hits are acknowledged, or refused with 503, or sent again. */
    acknowledgements: (n) => more(c, 'acknowledged', n),
    refusals: (n) => more(c, 'refused', n),
    repetitions: (n) => more(c, 'repeated', n),
    /** Nobody comes any more; who waits for an answer gets it. */
    async finish() {
      c.finishing = true;
      await visitors;
      if (c.failure) throw c.failure;
    },
    /** They all go away, whatever they wait for. */
    async abandon() {
      fail(c, new Error('abandoned'));
      for (const line of c.lines) line.end();
      await visitors;
    },
  };
}

// One visitor, from the first hit to the last.
async function visit(c, number) {
  let line = null;
  for (let door = number; !c.finishing && c.state.sent < MOST_HITS; door++) {
    line = await reach(c, line, door, () => !c.finishing);
    if (!line) return;
    const hit = c.book.next();
    const id = hit.id ? { id: hit.id } : {};
    const bytes = hitBytes({ site: hit.site, page: hit.page, visitor: (number + 1).toString(16), ...id });
    c.state.sent++;
    hit.sent = performance.now();
    if (Math.random() < c.how.gone) {
      c.state.left++;
      line.leave(bytes);
      line.usable = false;
    } else {
      line = await deliver(c, line, door, hit, bytes);
    }
    if (c.how.pace > 0) await aWhile(2 * c.how.pace);
  }
  drop(c, line);
}

// Send a hit, and again as the crowd does.  Answers the connection to go on with.
async function deliver(c, line, door, hit, bytes) {
  const deadline = performance.now() + PATIENCE_MS;
  let done = await send(c, line, hit, bytes);
  const again = (turn) => hit.id && (c.how.everywhere ? turn < c.doors.length || !done : c.how.retry && !done);
  for (let turn = 1; again(turn); turn++) {
    if (performance.now() > deadline) throw new Error(`${hit.site}${hit.page} was not acknowledged for ${PATIENCE_MS} ms`);
    line = await reach(c, line, door + turn, () => true);
    c.state.repeated++;
    done = await send(c, line, hit, bytes);
  }
  return line;
}

// Whether it was answered 200.
async function send(c, line, hit, bytes) {
  const since = performance.now();
  const { status } = await line.ask(bytes);
  if (status === 200) {
    c.state.acknowledged++;
    c.book.note(hit, performance.now() - since);
  } else if (status === 503) {
    c.state.refused++;
  } else if (status !== 0) {
    throw new Error(`${hit.site}${hit.page} was answered ${status}`);
  }
  told(c);
  if (status !== 200) await aWhile(PAUSE_MS);
  return status === 200;
}

// A connection that stands, at that door; null when it is not wanted any more.
async function reach(c, line, door, wanted) {
  if (line?.usable && c.doors.length === 1) return line;
  drop(c, line);
  const { socket } = c.doors[door % c.doors.length];
  const deadline = performance.now() + PATIENCE_MS;
  while (wanted()) {
    if (c.failure) throw c.failure;
    const next = dial(socket);
    c.lines.add(next);
    if (await next.made) return next;
    drop(c, next);
    if (performance.now() > deadline) throw new Error(`nobody opens at ${socket}`);
    await aWhile(PAUSE_MS);
  }
  return null;
}

function drop(c, line) {
  line?.end();
  c.lines.delete(line);
}

function fail(c, error) {
  c.failure ??= error;
  c.finishing = true;
  told(c);
}

// ---- waiting for a count to be reached

function told(c) {
  for (const look of c.goals) look();
}

function more(c, name, n) {
  const goal = c.state[name] + n;
  return new Promise((resolve, reject) => {
    const end = (settle, value) => {
      clearTimeout(limit);
      c.goals.delete(look);
      settle(value);
    };
    const look = () => (c.failure ? end(reject, c.failure) : c.state[name] >= goal && end(resolve));
    const tooLate = () => end(reject, new Error(`waited in vain for ${n} more ${name}: ${JSON.stringify(c.state)}`));
    const limit = setTimeout(tooLate, PATIENCE_MS);
    c.goals.add(look);
    look();
  });
}
