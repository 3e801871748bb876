import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';

/** A Debian mosquitto on a free port of 127.0.0.1, started and ended by a test. */
export interface Mosquitto {
  readonly port: number;
  readonly websocketPort: number;
  start(): Promise<void>;
  /** Ends it without a word to its clients. */
  kill(): Promise<void>;
}

export interface MosquittoSettings {
  /** Further lines of the listener on `port`. */
  readonly lines?: readonly string[];
  readonly hasWebsocket?: boolean;
  readonly login?: { readonly username: string; readonly password: string };
}

export function temporaryDirectory(): string {
  return mkdtempSync(`${tmpdir()}/busbar-mosquitto-`);
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export async function prepareMosquitto(settings: MosquittoSettings = {}): Promise<Mosquitto> {
  const port = await freePort();
  const websocketPort = await freePort();
  const directory = temporaryDirectory();
  const lines = [
    `listener ${port} 127.0.0.1`,
    ...(settings.lines ?? []),
    'persistence false',
    'log_type none',
  ];
  // Its WebSocket library listens on all addresses, whatever it is told; so only the test that needs it.
  if (settings.hasWebsocket === true) lines.push(`listener ${websocketPort}`, 'protocol websockets');
  // Started by root it would become another user, who cannot read a temporary directory.
  if (process.getuid?.() === 0) lines.push('user root');
  if (settings.login === undefined) lines.push('allow_anonymous true');
  else {
    const file = `${directory}/passwords`;
    execFileSync('/usr/bin/mosquitto_passwd', [
      '-c',
      '-b',
      file,
      settings.login.username,
      settings.login.password,
    ]);
    lines.push('allow_anonymous false', `password_file ${file}`);
  }
  writeFileSync(`${directory}/mosquitto.conf`, `${lines.join('\n')}\n`);
  let child: ChildProcess | undefined;
  return {
    port,
    websocketPort,
    async start() {
      child = spawn('/usr/sbin/mosquitto', ['-c', `${directory}/mosquitto.conf`], { stdio: 'ignore' });
      await untilListening(port);
      if (settings.hasWebsocket === true) await untilListening(websocketPort);
    },
    async kill() {
      const dying = child;
      child = undefined;
      if (dying === undefined || dying.exitCode !== null) return;
      const gone = new Promise((resolve) => dying.once('exit', resolve));
      dying.kill('SIGKILL');
      await gone;
    },
  };
}

async function untilListening(port: number): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: '127.0.0.1', port });
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`mosquitto does not listen on port ${port}`);
}
