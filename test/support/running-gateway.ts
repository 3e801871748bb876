import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectAsync, type MqttClient } from 'mqtt';
import { onTestFinished } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The built program as a process of its own, as a user runs it. */
export interface RunningGateway {
  readonly port: number;
  readonly process: ChildProcess;
  /** Everything that it has logged. */
  log(): string;
  /** SIGTERM; gives the exit code. */
  stop(): Promise<number | null>;
}

/** Starts the gateway that is built in `root` on a configuration; its embedded broker will be at `port`. */
export async function startGateway(yaml: string, port: number, root = ROOT): Promise<RunningGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'busbar-gateway-'));
  const file = join(folder, 'house.yaml');
  await writeFile(file, yaml);
  const { BUSBAR_CONFIG: _, ...env } = process.env;
  const child = spawn(process.execPath, ['dist/busbar.js', 'run', '--config', file], {
    cwd: root,
    env: { ...env, STATE_DIRECTORY: join(folder, 'state') },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  // A test that fails half-way leaves nothing running.
  onTestFinished(() => void child.kill('SIGKILL'));
  let log = '';
  child.stderr?.on('data', (text: Buffer) => {
    log += text.toString();
  });
  const ended = once(child, 'exit');
  const gateway = {
    port,
    process: child,
    log: () => log,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      const [code] = (await ended) as [number | null];
      await rm(folder, { recursive: true, force: true });
      return code;
    },
  };
  void ended.then(([code]) => {
    if (code !== 0) log += `\nended with ${code}`;
  });
  return gateway;
}

/** A subscriber that keeps the last payload of each topic and every message of some. */
export interface Subscriber {
  readonly client: MqttClient;
  readonly last: ReadonlyMap<string, string>;
  readonly messages: readonly {
    readonly topic: string;
    readonly payload: string;
    readonly isRetained: boolean;
  }[];
  close(): Promise<void>;
}

/** Subscribes as soon as the broker is there. */
export async function subscribe(port: number, filter = '#', protocolVersion: 4 | 5 = 4): Promise<Subscriber> {
  const last = new Map<string, string>();
  const messages: { topic: string; payload: string; isRetained: boolean }[] = [];
  const giveUpAt = performance.now() + 20_000;
  for (;;) {
    try {
      const options = { reconnectPeriod: 0, connectTimeout: 2000, protocolVersion };
      const client = await connectAsync(`mqtt://127.0.0.1:${port}`, options, false);
      client.on('message', (topic, payload, packet) => {
        last.set(topic, payload.toString());
        messages.push({ topic, payload: payload.toString(), isRetained: packet.retain });
      });
      await client.subscribeAsync(filter, { qos: 1 });
      return { client, last, messages, close: () => client.endAsync(true) };
    } catch (error) {
      if (performance.now() > giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** The ports of the shipped default house: its two Modbus wires and its Plugwise stick. */
const HOUSE_PORTS = [5021, 5022, 5023];

/** The shipped default house on other ports, one for each of its wires. */
export function movedHouse(yaml: string, ports: readonly number[], brokerPort: number): string {
  const moved = HOUSE_PORTS.reduce(
    (text, port, n) => text.replaceAll(`127.0.0.1:${port}`, `127.0.0.1:${ports[n] ?? port}`),
    yaml,
  );
  return `${moved}
broker:
  port: ${brokerPort}
`;
}
