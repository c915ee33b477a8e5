// A small Redis client over a unix socket: RESP2, pipelined, and a private
// redis-server to go with it.
import net from 'node:net';
import { child, waitUntil } from './process.mjs';

/** One connection; cmd() answers strings, numbers, null and arrays of them, and rejects with Redis's error. */
export function connect(path) {
  const socket = net.createConnection({ path });
  const waiting = [];
  let bytes = Buffer.alloc(0);
  let gone = null;

  socket.on('data', (chunk) => {
    bytes = bytes.length ? Buffer.concat([bytes, chunk]) : chunk;
    for (let answer; (answer = parse(bytes, 0)) !== null; ) {
      bytes = bytes.subarray(answer.end);
      const { resolve, reject } = waiting.shift();
      answer.value instanceof Error ? reject(answer.value) : resolve(answer.value);
    }
  });
  const leave = (error) => {
    gone ??= error ?? new Error('redis: connection closed');
    for (const { reject } of waiting.splice(0)) reject(gone);
  };
  socket.on('error', leave);
  socket.on('close', () => leave());

  return {
    get gone() {
      return gone !== null;
    },
    cmd(...args) {
      if (gone) return Promise.reject(gone);
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        socket.write(encode(args));
      });
    },
    close() {
      socket.destroy();
    },
  };
}

function encode(args) {
  const parts = [Buffer.from(`*${args.length}\r\n`)];
  for (const arg of args) {
    const data = Buffer.isBuffer(arg) ? arg : Buffer.from(String(arg));
    parts.push(Buffer.from(`$${data.length}\r\n`), data, Buffer.from('\r\n'));
  }
  return Buffer.concat(parts);
}

// The answer that begins at `at`, as { value, end }; null when it is not whole yet.
function parse(bytes, at) {
  const eol = bytes.indexOf('\r\n', at);
  if (eol < 0) return null;
  const line = bytes.toString('utf8', at + 1, eol);
  let end = eol + 2;
  switch (String.fromCharCode(bytes[at])) {
    case '+':
      return { value: line, end };
    case '-':
      return { value: new Error(line), end };
    case ':':
      return { value: Number(line), end };
    case '$': {
      const n = Number(line);
      if (n < 0) return { value: null, end };
      if (bytes.length < end + n + 2) return null;
      return { value: bytes.toString('utf8', end, end + n), end: end + n + 2 };
    }
    case '*': {
      const n = Number(line);
      if (n < 0) return { value: null, end };
      const value = [];
      for (let i = 0; i < n; i++) {
        const item = parse(bytes, end);
        if (item === null) return null;
        value.push(item.value);
        end = item.end;
      }
      return { value, end };
    }
    default:
      throw new Error(`redis: not an answer: ${JSON.stringify(line)}`);
  }
}

/** A private redis-server in dir, told apart from the bundled one by options only. */
export function redisServer(dir, options = {}, log) {
  const socket = `${dir}/redis.sock`;
  const settings = {
    port: 0,
    unixsocket: socket,
    dir,
    appendonly: 'yes',
    appendfsync: 'always',
    'maxmemory-policy': 'noeviction',
    save: '',
    loglevel: 'warning',
    hz: 100, // so that it ends promptly
    ...options,
  };
  let server = null;
  let client = null;

  const ready = async () => {
    if (!server.alive) throw new Error(`redis-server ended with ${server.code ?? server.endedBy}`);
    const probe = connect(socket);
    try {
      return (await probe.cmd('PING')) === 'PONG';
    } catch {
      return false; // not listening yet, or LOADING
    } finally {
      probe.close();
    }
  };
  const end = async (signal) => {
    client?.close();
    client = null;
    if (server?.alive) await server.end(signal);
  };

  return {
    socket,
    get pid() {
      return server?.pid;
    },
    async start() {
      const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
      server = child('redis-server', args, { log, cwd: dir });
      await waitUntil(ready, { what: 'redis-server to answer PING' });
    },
    /** Its own shutdown, the data safe on disk. */
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    /** Stop the process where it stands (it no longer answers), and let it go on. */
    freeze: () => server.signal('SIGSTOP'),
    thaw: () => server.signal('SIGCONT'),
    cmd(...args) {
      if (!client || client.gone) client = connect(socket);
      return client.cmd(...args);
    },
  };
}

/**
 * The Redis at path, as one whose clock says another time: the path of a socket
 * that passes everything on, but answers TIME with seconds since 1970.
 */
export async function otherTime(t, path, seconds) {
  const before = Buffer.from('*1\r\n$4\r\nTIME\r\n');
  const after = encode(['LRANGE', 'time', '0', '-1']);
  const client = connect(path);
  await client.cmd('RPUSH', 'time', seconds, 0);
  client.close();
  const server = net.createServer((from) => {
    const to = net.createConnection({ path });
    for (const socket of [from, to]) socket.on('error', () => [from, to].forEach((one) => one.destroy()));
    to.pipe(from);
    from.on('end', () => to.end());
    from.on('data', (chunk) => {
      const at = chunk.indexOf(before);
      to.write(at < 0 ? chunk : Buffer.concat([chunk.subarray(0, at), after, chunk.subarray(at + before.length)]));
    });
  });
  await new Promise((resolve) => server.listen(`${path}.time`, resolve));
  t.after(() => server.close());
  return `${path}.time`;
}
