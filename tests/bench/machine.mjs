// What is measured of processes and of the machine.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { top, thongked } from './setup.mjs';

const tick = 1e9 / Number(execFileSync('getconf', ['CLK_TCK']));
const read = (file) => fs.readFileSync(file, 'utf8');

/** CPU time of a process, all its threads, and its children that have ended, in ns: { total, user, system }. */
export function cpu(pid) {
  const fields = read(`/proc/${pid}/stat`).replace(/^.*\) /, '').split(' ').map(Number);
  const [user, system, children] = [fields[11], fields[12], fields[13] + fields[14]].map((ticks) => ticks * tick);
  const threads = fs.readdirSync(`/proc/${pid}/task`);
  const ran = threads.reduce((sum, tid) => sum + Number(read(`/proc/${pid}/task/${tid}/schedstat`).split(' ')[0]), 0);
  return { total: ran + children, user, system };
}

/** CPU time that the machine has given to anybody, and that those it shares the hardware with have taken from it, in ns. */
export function busy() {
  const [user, nice, system, , , irq, softirq, steal] = read('/proc/stat').split(/\s+/).slice(1, 9).map(Number);
  return { all: (user + nice + system + irq + softirq) * tick, stolen: steal * tick };
}

const kib = (pid, name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(read(`/proc/${pid}/status`))[1]);

/** Bytes of memory, at most and now. */
export const peakMemory = (pid) => kib(pid, 'VmHWM') * 1024;
export const memory = (pid) => kib(pid, 'VmRSS') * 1024;

/** Connections to that port of 127.0.0.1 that the server has not closed yet: ESTABLISHED or CLOSE_WAIT. */
export function openConnections(port) {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = read('/proc/net/tcp').split('\n').map((row) => row.trim().split(/\s+/));
  return rows.filter(([, at, , state]) => at === local && (state === '01' || state === '08')).length;
}

/** What fn() comes to, and how much of a core was taken from the machine meanwhile, in %: { value, stolen }. */
export async function watched(fn) {
  const [before, begun] = [busy().stolen, performance.now()];
  const value = await fn();
  return { value, stolen: ((busy().stolen - before) / 1e6 / (performance.now() - begun)) * 100 };
}

export const median = (values) => quantile(values, 0.5);

/** The value that this share of all is not above; between two of them for a median of an even number. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low + (high - low) * (at - Math.floor(at));
}

/** Append 4 KiB and fdatasync, so often, in this folder: how long it took, in ms. */
export function syncTimes(dir, times) {
  const file = `${dir}/sync`;
  const fd = fs.openSync(file, 'a');
  const bytes = Buffer.alloc(4096, 1);
  const took = [];
  for (let i = 0; i < times; i++) {
    const begun = performance.now();
    fs.writeSync(fd, bytes);
    fs.fdatasyncSync(fd);
    took.push(performance.now() - begun);
  }
  fs.closeSync(fd);
  fs.unlinkSync(file);
  return took;
}

/** Which commit of Thongke this is, and whether files differ from it. */
export function commit() {
  try {
    return execFileSync('git', ['-C', top, 'describe', '--always', '--dirty', '--exclude', '*'], { stdio: 'pipe' }).toString().trim();
  } catch {
    return 'unknown'; // no repository, or no git
  }
}

/** The machine and the programs on it, in a line. */
export function machine() {
  const versions = [
    [thongked, ['--version']],
    ['nginx', ['-v']],
    ['redis-server', ['--version']],
    ['wrk', ['-v']],
  ].map(([program, args]) => version(program, args));
  const webdis = debianVersion('webdis');
  const cores = `${os.cpus().length} × ${os.cpus()[0].model}`;
  return [cores, `Linux ${os.release()}`, ...versions, ...(webdis ? [`webdis ${webdis}`] : [])].join('; ');
}

// nginx and wrk tell it on standard error, wrk as if it had failed.
function version(program, args) {
  const text = execFileSync('sh', ['-c', '"$@" 2>&1 | head -n 1', 'sh', program, ...args]).toString();
  return `${program.split('/').at(-1)} ${/\d+(\.\d+)+/.exec(text)?.[0] ?? '?'}`;
}

function debianVersion(name) {
  try {
    return execFileSync('dpkg-query', ['-W', '-f', '${Version}', name], { stdio: 'pipe' }).toString();
  } catch {
    return null;
  }
}
