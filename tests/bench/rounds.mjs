// One measurement: one server, one setting, proved.
import { waitUntil } from '../e2e/process.mjs';
import { busy, cpu, openConnections, peakMemory } from './machine.mjs';
import { wrk } from './wrk.mjs';

const sumOf = (list, of) => list.reduce((total, one) => total + of(one), 0);
const cpuOf = (pids) => {
  const each = pids.map(cpu);
  return { total: sumOf(each, (c) => c.total), user: sumOf(each, (c) => c.user), system: sumOf(each, (c) => c.system) };
};

/** What it has counted when nothing is on its way any more: its clients but the idle ones are gone, and the count rests. */
async function countedAtRest(server, idle) {
  const port = Number(new URL(server.url).port);
  await waitUntil(() => openConnections(port) <= idle, { timeout: 60_000, what: 'the server to see that wrk has gone' });
  let [last, same] = [await server.counted(), 0];
  const rests = async () => {
    const now = await server.counted();
    same = now === last ? same + 1 : 0;
    last = now;
    return same >= 6;
  };
  await waitUntil(rests, { timeout: 60_000, what: 'the count to rest' });
  return last;
}

/** In % of a core: what those who share the hardware may take of a measurement; else it is made again, so often in all. */
export const [STOLEN_MOST, TRIES] = [1, 3];

/** measurement() → { stolen, … } until it was not disturbed: all tries, the least disturbed with counts: 1, the others 0. */
export async function undisturbed(measurement) {
  const tries = [];
  do tries.push(await measurement());
  while (tries.at(-1).stolen > STOLEN_MOST && tries.length < TRIES);
  const least = tries.reduce((best, one) => (one.stolen < best.stolen ? one : best));
  return tries.map((one) => ({ ...one, counts: Number(one === least) }));
}

/** How many of these tries count, and were disturbed all the same, as a sentence. */
export function tally(tries) {
  const counted = tries.filter(({ counts }) => counts);
  const still = counted.filter(({ stolen }) => stolen > STOLEN_MOST);
  return `${tries.length} measurements, ${counted.length} that count, ${still.length} of these with more.`;
}

/**
 * Load a server that was started, after `warm` seconds of the same; `idle` connections are there all the time.
 * Answers a row of figures: CPU in µs a request, times in ms, memory in MB; batch: hits in a batch of one site;
 * others: CPU that other programs took, in % of a core; stolen: likewise, those who share the hardware.
 * Throws when what it counted is not what it has acknowledged; hits on their way when wrk went may be counted too.
 */
export async function measure(server, { connections, seconds, warm, idle = 0, ...options }) {
  const load = { connections, ...server.load, ...options };
  if (warm > 0) await wrk(server.url, { ...load, seconds: warm });
  const [countedBefore, toldBefore] = [await countedAtRest(server, idle), await server.told?.()];
  const redis = server.redis ? [server.redis.pid] : [];
  const now = () => ({ server: cpuOf(server.pids), redis: cpuOf(redis), wrk: cpu(process.pid), ...busy(), ms: performance.now() });
  const before = now();
  const result = await wrk(server.url, { ...load, seconds });
  const after = now();

  const acknowledged = result.requests - result.refused;
  const mostSent = result.requests + connections + result.errors + result.timeouts;
  const counted = countedBefore === null ? null : (await countedAtRest(server, idle)) - countedBefore;
  const told = server.told && difference(await server.told(), toldBefore);
  prove({ counted, acknowledged, mostSent, told });

  const spent = (who) => after[who].total - before[who].total;
  const others = after.all - before.all - spent('server') - spent('redis') - spent('wrk');
  const micro = (who, part) => (after[who][part] - before[who][part]) / 1000 / acknowledged;
  return {
    requests: result.requests,
    refused: result.refused,
    errors: result.errors + result.timeouts,
    acknowledged,
    counted,
    rps: result.requests / result.seconds,
    p50: result.p50,
    p99: result.p99,
    p999: result.p999,
    server_us: micro('server', 'total'),
    server_user_us: micro('server', 'user'),
    server_system_us: micro('server', 'system'),
    redis_us: micro('redis', 'total'),
    server_mb: sumOf(server.pids, peakMemory) / 1e6,
    redis_mb: sumOf(redis, peakMemory) / 1e6,
    batch: told ? told.items / told.batches : null,
    spooled: told ? told.spooled : null,
    others: Math.max(0, (others / 1e6 / (after.ms - before.ms)) * 100),
    stolen: ((after.stolen - before.stolen) / 1e6 / (after.ms - before.ms)) * 100,
  };
}

const difference = (now, then) => Object.fromEntries(Object.entries(now).map(([name, value]) => [name, value - then[name]]));

function prove({ counted, acknowledged, mostSent, told }) {
  const fail = (what) => {
    throw new Error(`${what}: ${JSON.stringify({ acknowledged, counted, mostSent, ...told })}`);
  };
  if (acknowledged <= 0) fail('nothing was acknowledged');
  if (counted === null) return;
  if (counted < acknowledged) fail('counted less than was acknowledged');
  if (counted > mostSent) fail('counted more than was sent');
  if (!told) return;
  if (told.refused > 0) fail('hits were refused');
  if (told.acknowledged < acknowledged || told.acknowledged > counted) fail('the daemon says it acknowledged otherwise');
}
