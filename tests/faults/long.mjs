// make faults: the long form of all faults, on the daemon as it ships.
//
//   node tests/faults/long.mjs          run what results.tsv does not have yet, then print the table
//   node tests/faults/long.mjs NAME     only files that have NAME in their name
//   node tests/faults/long.mjs --table  print the table
//
// It goes on where it stopped, and begins anew when the daemon is another one.  RESULTS names another file than
// results.tsv.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const top = path.resolve(here, '../..');
const log = `${top}/build/faults.log`;
process.env.THONGKED ??= `${top}/build/thongked`;

/** Run a file of faults to its end; answers how it ended. */
function runFile(file) {
  const output = fs.openSync(log, 'a');
  const child = spawn(process.execPath, ['--test-reporter=tap', file], {
    env: { ...process.env, FAULTS: 'long' },
    stdio: ['ignore', output, 'inherit'],
  });
  const end = () => child.kill('SIGTERM'); // it ends what it has started
  process.on('exit', end);
  return new Promise((resolve) =>
    child.on('close', (code, signal) => {
      process.off('exit', end);
      fs.closeSync(output);
      resolve(code ?? signal);
    }),
  );
}

const holdsFaults = (file) => /from '\.\/rounds\.mjs'/.test(fs.readFileSync(file, 'utf8'));

async function main(argument = '') {
  const { read, table } = await import('./results.mjs'); // which daemon it is has been said by now
  if (argument !== '--table') {
    fs.rmSync(log, { force: true });
    const names = fs.readdirSync(here).filter((name) => name.endsWith('.test.mjs') && name.includes(argument));
    for (const file of names.map((name) => `${here}/${name}`).filter(holdsFaults)) {
      const code = await runFile(file);
      if (code === 0) continue;
      console.error(`${path.basename(file)} ended with ${code}: ${path.relative(top, log)}`);
      console.error(fs.readFileSync(log, 'utf8').split('\n').filter((line) => !/^ok /.test(line)).slice(-60).join('\n'));
      process.exitCode = 1;
      break;
    }
  }
  console.log(table(read()));
}

await main(process.argv[2]);
