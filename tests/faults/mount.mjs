// A small disk of its own, which can be filled.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tempDir } from '../e2e/harness.mjs';

const mounted = new Set();
const unmount = (dir) => spawnSync('umount', ['-l', dir]).status === 0 && mounted.delete(dir);
process.on('exit', () => mounted.forEach(unmount));

/** A disk of so many bytes: { dir, fill(), empty(), end() }. */
export function smallDisk(size) {
  const dir = tempDir();
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=700`, 'tmpfs', dir]);
  if (status !== 0) throw new Error(`mount: ${stderr}`);
  mounted.add(dir);
  return {
    dir,
    /** Not one byte more goes onto it. */
    fill() {
      const fd = fs.openSync(`${dir}/ballast`, 'a');
      for (let n = 65_536; n >= 1; ) {
        try {
          fs.writeSync(fd, Buffer.alloc(n));
        } catch (error) {
          if (error.code !== 'ENOSPC') throw error;
          n = Math.floor(n / 2);
        }
      }
      fs.closeSync(fd);
    },
    empty: () => fs.rmSync(`${dir}/ballast`, { force: true }),
    end: async () => unmount(dir),
  };
}

/** Why there can be none here; undefined when there can. */
export const cannotMount = (() => {
  try {
    unmount(smallDisk(65_536).dir);
    return undefined;
  } catch (error) {
    return `no disk can be mounted here (${error.message.trim()})`;
  }
})();
