// Child processes of a test: every one is ended with the test, whatever
// happens, and what it wrote is kept.
import { spawn } from 'node:child_process';
import fs from 'node:fs';

const living = new Set();

/** Poll cond (may be async) until it is truthy and return that; an exception of cond ends the wait. */
export async function waitUntil(cond, { timeout = 10_000, what = cond } = {}) {
  const deadline = Date.now() + timeout;
  for (let pause = 2; ; pause = Math.min(pause * 2, 50)) {
    const value = await cond();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`waited ${timeout} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** Start a program.  Its output goes to the file log and is at hand in .text. */
export function child(command, args, { log, env, cwd } = {}) {
  const process_ = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const self = {
    pid: process_.pid,
    alive: true,
    code: null,
    endedBy: null,
    text: '',
    signal: (name) => process_.kill(name),
    async end(name = 'SIGTERM', timeout = 15_000) {
      if (self.alive) process_.kill(name);
      try {
        await waitUntil(() => !self.alive, { timeout, what: `${command} to end after ${name}` });
      } catch (error) {
        process_.kill('SIGKILL');
        await self.ended;
        throw error;
      }
    },
  };
  const keep = (chunk) => {
    self.text += chunk;
    if (log) fs.appendFileSync(log, chunk);
  };
  process_.stdout.setEncoding('utf8').on('data', keep);
  process_.stderr.setEncoding('utf8').on('data', keep);
  self.ended = new Promise((resolve) => {
    process_.on('error', (error) => keep(`${command}: ${error.message}\n`));
    process_.on('close', (code, signal) => {
      Object.assign(self, { alive: false, code, endedBy: signal });
      living.delete(process_);
      resolve();
    });
  });
  living.add(process_);
  return self;
}

// A test file that is cut off ends its children too.
process.on('exit', () => living.forEach((process_) => process_.kill('SIGKILL')));
for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.once(name, () => process.exit(1));
