// Redis stands still, or refuses to write, or can not: hits are acknowledged all the while, and counted afterwards.
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { waitUntil } from '../e2e/harness.mjs';
import { aWhile, random } from './crowd.mjs';
import { cannotMount, smallDisk } from './mount.mjs';
import { fault, isLong } from './rounds.mjs';

const STILL_MS = isLong ? 10_000 : 1_500;
const sizes = { short: 1, long: 10, perLife: 2, lanes: 5, daemon: { redis_dead: isLong ? 5_000 : 700 } };
const unhurried = { connections: 16, pace: isLong ? 50 : 10 };

/** While visitors come, Redis is away from begin() to end(), which both may wait. */
async function outage(life, begin, end) {
  const people = life.crowd({ ...unhurried, retry: random(2) === 0 });
  await people.acknowledgements(20 + random(50));
  await aWhile(5);
  const kept = (await life.tk.metrics()).thongke_spooled_hits_total;
  await begin();
  await people.acknowledgements(100);
  assert.ok((await life.tk.metrics()).thongke_spooled_hits_total >= kept + 50, 'these hits went to the spool');
  await end();
  await people.acknowledgements(50);
  await people.finish();
}

/** Redis stands still by itself from now on: until a PING that waits in its line is answered. */
function still(life) {
  life.away();
  return life.redis.cmd('PING').then(life.back);
}

describe('Redis stands still', { concurrency: !isLong }, () => {
  fault('SIGSTOP of Redis', { ...sizes, short: 2 }, async (life) => {
    const freeze = () => life.redis.freeze() && life.away();
    await outage(life, freeze, async () => {
      await stillFor(STILL_MS * (isLong || life.rounds % 2 ? 1 : 0.2)); // now and then it is back before redis_dead
      life.back();
      life.redis.thaw();
    });
  });

  fault('CLIENT PAUSE', sizes, async (life) => {
    await life.redis.cmd('PING');
    let over;
    await outage(life, async () => {
      await life.redis.cmd('CLIENT', 'PAUSE', STILL_MS, 'ALL');
      over = still(life);
    }, () => over);
  });

  fault('DEBUG SLEEP', { ...sizes, redis: { 'enable-debug-command': 'local' } }, async (life) => {
    await life.redis.cmd('PING');
    let over;
    await outage(life, async () => {
      const slept = life.redis.cmd('DEBUG', 'SLEEP', STILL_MS / 1000);
      over = Promise.all([slept, still(life)]);
    }, () => over);
  });
});

/** A part of the fault: so long Redis stands still. */
const stillFor = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

describe('Redis does not write', { concurrency: !isLong }, () => {
  fault('maxmemory reached under noeviction', sizes, async (life) => {
    await outage(life, async () => {
      await life.redis.cmd('CONFIG', 'SET', 'maxmemory', '1');
      life.away();
    }, async () => {
      life.back();
      await life.redis.cmd('CONFIG', 'SET', 'maxmemory', '0');
    });
  });

  fault('its disk full, everysec (MISCONF)', { ...sizes, skip: cannotMount, ...onSmallDisk('everysec') }, async (life) => {
    const { disk } = life.kept;
    await outage(life, async () => {
      disk.fill();
      await waitUntil(() => refusesToWrite(life.redis), { what: 'Redis to refuse writing' });
      life.away();
    }, async () => {
      disk.empty();
      life.back();
      await waitUntil(async () => !(await refusesToWrite(life.redis)), { what: 'Redis to write again' });
    });
  });

  fault('its disk full, always (it exits)', { ...sizes, skip: cannotMount, ...onSmallDisk('always') }, async (life) => {
    const { disk } = life.kept;
    await outage(life, async () => {
      disk.fill();
      await waitUntil(() => !isAlive(life.redis.pid), { what: 'Redis to give up' });
      life.away();
    }, async () => {
      disk.empty();
      await life.redis.kill();
      await life.startRedis();
    });
  });
});

const rights = ['SADD', 'PEXPIRE', 'HSET', 'ZADD', 'ZREMRANGEBYSCORE', 'ZCOUNT', 'RPUSH', 'PFADD', 'DEL'];

describe('a right is taken from the daemon', () => {
  // Of what comes after the marker, a round each.
  const take = (life) => ['ACL', 'SETUSER', 'default', `-${rights[life.rounds % rights.length]}`];
  const give = (life) => life.redis.cmd('ACL', 'SETUSER', 'default', '+@all');

  fault('NOPERM, asked when the link is made', { ...sizes, short: 2, long: 18, perLife: 9, lanes: 2 }, async (life) => {
    await outage(life, async () => {
      await life.redis.cmd('MULTI');
      await life.redis.cmd(...take(life));
      await life.redis.cmd('CLIENT', 'KILL', 'TYPE', 'normal');
      await life.redis.cmd('EXEC');
      life.away();
    }, async () => {
      life.back();
      await give(life);
    });
  });

  fault('NOPERM, in the midst of hits', { ...sizes, short: 9, long: 18, perLife: 9, lanes: 2 }, async (life) => {
    const people = life.crowd(unhurried);
    await people.acknowledgements(50);
    await life.redis.cmd(...take(life));
    await aWhile(50);
    await give(life);
    await people.acknowledgements(50);
    await people.finish();
  });
});

function onSmallDisk(appendfsync) {
  return {
    perLife: 2,
    redis: { appendfsync },
    redisDir(life) {
      const disk = smallDisk(4 << 20);
      life.after(disk.end);
      life.kept.disk = disk;
      return disk.dir;
    },
  };
}

const refusesToWrite = (redis) =>
  redis.cmd('SET', 'tk:probe', '1', 'EX', '1').then(() => false, (error) => {
    assert.match(error.message, /^MISCONF/);
    return true;
  });

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
