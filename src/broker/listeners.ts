import { createServer, type Server } from 'node:net';
import type { Clock } from '../lib/clock.ts';
import type { Doorman } from './doorman.ts';

export interface Listeners {
  readonly port: number;
  readonly websocketPort: number | undefined;
  close(): void;
}

/** A listener that could not be opened, in words for people. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  constructor(
    readonly code: string,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

const BACKLOG = 511;

/** Opens the listeners of the broker; port 0 takes a free one. Rejects with a ListenError. */
export async function openListeners(
  doorman: Doorman,
  options: {
    readonly host: string;
    readonly port: number;
    readonly websocketPort: number | undefined;
    readonly maxPacketBytes: number;
    readonly connectTimeoutMs: number;
    readonly clock: Clock;
  },
): Promise<Listeners> {
  const { host } = options;
  const tcp = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 }, (socket) =>
    doorman.arrive(socket, socket.remoteAddress ?? ''),
  );
  const port = await listen(tcp, host, options.port);
  if (options.websocketPort === undefined)
    return { port, websocketPort: undefined, close: () => tcp.close() };
  try {
    const { createWebsocketServer } = await import('./websocket.ts');
    const websocket = createWebsocketServer(doorman, options);
    const websocketPort = await listen(websocket.server, host, options.websocketPort);
    return {
      port,
      websocketPort,
      close() {
        tcp.close();
        websocket.close();
      },
    };
  } catch (error) {
    tcp.close();
    throw error;
  }
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      server.close();
      reject(explain(error, host, port));
    };
    server.once('error', onError);
    server.listen({ host, port, backlog: BACKLOG }, () => {
      server.removeListener('error', onError);
      // Too many open files while accepting: the connection is lost, the listener stays.
      server.on('error', ignore);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): ListenError {
  const code = error.code ?? 'failed';
  const place = `${host}:${port}`;
  const messages: Record<string, string> = {
    EADDRINUSE: `${place} is in use by another program, perhaps another broker: stop that one, or give another port`,
    EACCES: `no permission to listen on ${place}: choose a port above 1023`,
    EADDRNOTAVAIL: `this computer has no address ${host}: use 127.0.0.1, 0.0.0.0 or one of its own`,
  };
  const message = Object.hasOwn(messages, code) ? messages[code] : undefined;
  return new ListenError(code, message ?? `cannot listen on ${place}: ${error.message}`, { cause: error });
}

function ignore(): void {}
