import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { freePort } from '../test/support/free-port.ts';
import { openSerialPair } from '../test/support/serial-pair.ts';
import { median, type RunningMeter, share, startMeter } from './bench-meter.ts';
import { cpuSeconds, residentMib, startGateway, startMosquitto, stop } from './running.ts';

const SECONDS = Number(process.env.BENCH_SECONDS ?? 40);
const STARTS = 7;
const LINE = { baud: 9600, dataBits: 8, parity: 'none', stopBits: 1 } as const;

/** The running gateway with one meter each second over a paced line, with its own and with another broker. */
export async function benchGateway(): Promise<void> {
  console.log(`\nRunning gateway, SDM630 with all rows each second over a paced 9600 line, ${SECONDS} s`);
  console.log('broker     start ms        lateness ms     last byte to subscriber ms   RSS MiB       CPU %');
  console.log('           (aim < 1000)    p50     p99     p50 (1.5)   p99 (10)         (80 / 70)     (2)');
  for (const broker of ['embedded', 'mosquitto'] as const) await benchBroker(broker);
}

async function benchBroker(broker: 'embedded' | 'mosquitto'): Promise<void> {
  const pair = await openSerialPair();
  const connection = { kind: 'serial', framing: 'rtu', path: pair.a, line: LINE, unitId: undefined } as const;
  const meter = await startMeter({ profile: 'eastron-sdm630-v2', connection, turnaroundMs: 20 });
  const folder = mkdtempSync(join(tmpdir(), 'busbar-bench-'));
  const port = await freePort();
  const mosquitto = broker === 'mosquitto' ? startMosquitto(port) : undefined;
  const config = writeConfig(folder, pair.b, port, broker);
  const starts: number[] = [];
  for (let i = 0; i < STARTS; i++) starts.push(await timeStart(config, folder, port));
  const figures = await measure(config, folder, port, meter);
  console.log(
    [
      broker.padEnd(10),
      `${median(starts).toFixed(0)} (${Math.min(...starts).toFixed(0)}-${Math.max(...starts).toFixed(0)})`.padEnd(
        15,
      ),
      figures.lateness.padEnd(15),
      figures.latency.padEnd(28),
      figures.rss.padEnd(13),
      figures.cpu,
    ].join(' '),
  );
  mosquitto?.kill();
  meter.stop();
  await pair.close();
  rmSync(folder, { recursive: true, force: true });
}

function writeConfig(folder: string, path: string, port: number, broker: 'embedded' | 'mosquitto'): string {
  const where = broker === 'embedded' ? `broker:\n  port: ${port}` : `mqtt:\n  url: mqtt://127.0.0.1:${port}`;
  const file = join(folder, 'house.yaml');
  const text = `${where}
statsInterval: 5
log: { level: warn }
sources:
  - type: modbus-meter
    id: panel
    connection: rtu:${path}?baud=9600
    devices:
      - { id: mains, meter: eastron-sdm630-v2, unit: 1, interval: 1, counterInterval: 1, gap: 0 }
`;
  writeFileSync(file, text);
  return file;
}

async function subscribe(
  port: number,
  filter: string,
  onMessage: (topic: string, payload: string, at: number) => void,
) {
  for (;;) {
    try {
      const options = { reconnectPeriod: 0, connectTimeout: 500, protocolVersion: 4 } as const;
      const client = await connectAsync(`mqtt://127.0.0.1:${port}`, options, false);
      client.on('message', (topic, payload, packet) => {
        if (!packet.retain) onMessage(topic, payload.toString(), performance.timeOrigin + performance.now());
      });
      await client.subscribeAsync(filter);
      return client;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/** From the start of the process to the first value at a subscriber, ms. */
async function timeStart(config: string, folder: string, port: number): Promise<number> {
  const from = performance.now();
  const gateway = startGateway(config, folder);
  const arrived = withResolvers<number>();
  const client = await subscribe(port, 'house/mains/p', () => arrived.resolve(performance.now() - from));
  // A retained value counts as well: it was published by this run, because the last one cleared its topics.
  client.on('message', () => arrived.resolve(performance.now() - from));
  const took = await arrived.promise;
  await client.endAsync(true);
  await stop(gateway);
  return took;
}

async function measure(config: string, folder: string, port: number, meter: RunningMeter) {
  const gateway = startGateway(config, folder);
  const latencies: number[] = [];
  let lateness = '';
  const client = await subscribe(port, 'house/+/+', (topic, payload, at) => {
    if (topic === 'house/mains/state') {
      const last = meter.lastByteAt.findLast((time) => time <= at);
      if (last !== undefined) latencies.push(at - last);
    }
    if (topic === 'house/gateway/stats') {
      const bus = JSON.parse(payload).buses.panel;
      lateness = `${bus.lateness_p50_ms.toFixed(1).padEnd(7)} ${bus.lateness_p99_ms.toFixed(1)}`;
    }
  });
  await new Promise((resolve) => setTimeout(resolve, 5000));
  const before = cpuSeconds(gateway.pid);
  latencies.length = 0;
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000));
  const cpu = (100 * (cpuSeconds(gateway.pid) - before)) / SECONDS;
  const rss = residentMib(gateway.pid);
  await client.endAsync(true);
  await stop(gateway);
  return {
    lateness,
    latency: `${share(latencies, 0.5).toFixed(2).padEnd(11)} ${share(latencies, 0.99).toFixed(2)}`,
    rss: rss.toFixed(1),
    cpu: cpu.toFixed(2),
  };
}

function withResolvers<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
