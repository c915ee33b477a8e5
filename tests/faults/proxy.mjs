// Stands between a daemon and Redis, sees each command with its answer, and can cut the connection between them.
import net from 'node:net';

/**
 * Listens at path for Redis at upstream(), a function that answers the path of its socket.
 *   onAnswer(command, answer)   command: its arguments as buffers; answer: bytes, not passed on yet.  A true value cuts
 *                               the connection there: Redis has done it, the daemon never hears of it.
 * Answers { path, unanswered(), cutAll(), close() }; unanswered() lists the commands that Redis has not answered.
 */
export async function proxy(path, upstream, onAnswer = () => false) {
  const pairs = new Set();
  const server = net.createServer((daemon) => {
    const redis = net.createConnection({ path: upstream() });
    const asked = [];
    const pair = { asked, cut: () => [daemon, redis].forEach((one) => one.destroy()) };
    pairs.add(pair);
    daemon.on('data', frames((frame) => asked.push(frame)));
    daemon.on('data', (chunk) => redis.write(chunk));
    redis.on('data', frames((answer) => (onAnswer(parts(asked.shift()), answer) ? pair.cut() : daemon.write(answer))));
    for (const one of [daemon, redis]) {
      one.on('error', pair.cut).on('close', () => {
        pair.cut();
        pairs.delete(pair);
      });
    }
  });
  await new Promise((resolve) => server.listen(path, resolve));
  return {
    path,
    unanswered: () => [...pairs].flatMap(({ asked }) => asked.map(parts)),
    cutAll: () => pairs.forEach((pair) => pair.cut()),
    close() {
      server.close();
      pairs.forEach((pair) => pair.cut());
    },
  };
}

/** A data handler that calls each() with every whole RESP value, until its socket is destroyed. */
function frames(each) {
  let bytes = Buffer.alloc(0);
  return function (chunk) {
    bytes = bytes.length ? Buffer.concat([bytes, chunk]) : chunk;
    for (let end; !this.destroyed && (end = endOf(bytes, 0)) > 0; bytes = bytes.subarray(end)) each(bytes.subarray(0, end));
  };
}

/** Where the RESP value that begins at `at` ends; -1 when it is not whole. */
function endOf(bytes, at) {
  const eol = bytes.indexOf('\r\n', at);
  if (eol < 0) return -1;
  const type = String.fromCharCode(bytes[at]);
  const n = Number(bytes.toString('latin1', at + 1, eol));
  let end = eol + 2;
  if (type === '$' && n >= 0) end += n + 2;
  for (let i = 0; type === '*' && i < n && end > 0; i++) end = endOf(bytes, end);
  return end <= bytes.length ? end : -1;
}

/** The arguments of a command. */
function parts(frame) {
  const list = [];
  for (let at = frame.indexOf('\r\n') + 2; at < frame.length; ) {
    const eol = frame.indexOf('\r\n', at);
    const n = Number(frame.toString('latin1', at + 1, eol));
    list.push(frame.subarray(eol + 2, eol + 2 + n));
    at = eol + 2 + n + 2;
  }
  return list;
}

/** Whether it is a batch, for apply.lua (keys, a sequence, a payload, a writer) or forecast.lua (keys, and more than that). */
export const isBatch = (command) => /^evalsha$/i.test(command[0]) && /:writer:/.test(command[3]) && command.length >= 6 + Number(command[2]);

/** The payload of a batch for apply.lua. */
export const payloadOf = (command) => command[4 + Number(command[2])];

/** Whether Redis has applied the batch that it answers so, now and not before. */
export const applied = (answer) => /^(?:\*\d+\r\n:1|:[23])\r\n/.test(answer.toString('latin1', 0, 16));
