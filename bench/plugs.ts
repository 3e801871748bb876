import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../test/support/free-port.ts';
import { share } from './bench-meter.ts';
import { cpuSeconds, residentMib, startGateway, startMosquitto, stop } from './running.ts';
import { openStateReader, type StateReader } from './state-reader.ts';

const SECONDS = Number(process.env.BENCH_SECONDS ?? 15);
const AIM = 20_000;
const RATES = [2000, 4000, 8000, 12_000, 16_000, AIM] as const;
/** What is behind by more than this at the end of a run does not keep up. */
const MAX_SETTLE_MS = 2000;

interface Run {
  readonly sent: number;
  readonly arrived: number;
  readonly missing: number;
  readonly cpuPercent: number;
  readonly rss: number;
  readonly latencies: readonly number[];
}

/** Plugs on one broker (Mosquitto), each with JSON of four values; what comes out is read by a third party. */
export async function benchPlugs(): Promise<void> {
  console.log(
    `\nPlugs over MQTT: JSON with 4 values in, one state (QoS 1) and 4 values out, ${SECONDS} s a row`,
  );
  console.log('plugs  in/s    out of in    lost  CPU %   us/message  RSS MiB  in to out ms p50 / p99');
  for (const plugs of [10, 100, 1000]) await measureWith(plugs, 'all', [plugs]);
  console.log(`The same 1,000 plugs faster, all values published (aim ${AIM}/s on one core)`);
  await measureWith(1000, 'all', RATES);
  console.log(
    '... and with values published on change of 50 %, each minute at least (state has every sample)',
  );
  await measureWith(1000, 'changes', RATES);
}

async function measureWith(
  plugs: number,
  values: 'all' | 'changes',
  rates: readonly number[],
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'busbar-bench-'));
  const port = await freePort();
  const mosquitto = startMosquitto(port);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const gateway = startGateway(writeConfig(folder, port, plugs, values), folder);
  const reader = await openStateReader(port);
  // A thousand devices take a moment to announce.
  await new Promise((resolve) => setTimeout(resolve, 6000));
  for (const rate of rates) {
    const run = await measure(gateway.pid, reader, port, plugs, rate);
    console.log(rowOf(plugs, rate, run));
    if (run.arrived < run.sent) break;
  }
  reader.close();
  await stop(gateway);
  await stop(mosquitto);
  rmSync(folder, { recursive: true, force: true });
}

async function measure(
  pid: number | undefined,
  reader: StateReader,
  port: number,
  plugs: number,
  rate: number,
): Promise<Run> {
  reader.reset();
  const from = cpuSeconds(pid);
  const sent = await publish(port, plugs, rate);
  const settled = performance.now() + MAX_SETTLE_MS;
  while (reader.count < sent && performance.now() < settled)
    await new Promise((resolve) => setTimeout(resolve, 10));
  const { count, missing, latencies } = reader;
  const cpuPercent = (100 * (cpuSeconds(pid) - from)) / SECONDS;
  return { sent, arrived: count, missing, cpuPercent, rss: residentMib(pid), latencies };
}

function publish(port: number, plugs: number, rate: number): Promise<number> {
  const args = ['dist-bench/plug-process.js', ...[port, plugs, rate, SECONDS].map(String)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return new Promise((resolve) => child.once('close', () => resolve(Number(text))));
}

function rowOf(plugs: number, rate: number, run: Run): string {
  const perMessage = (run.cpuPercent * SECONDS * 10_000) / run.arrived;
  return [
    String(plugs).padEnd(6),
    String(rate).padEnd(7),
    `${run.arrived}/${run.sent}`.padEnd(14),
    String(run.missing).padEnd(5),
    run.cpuPercent.toFixed(1).padEnd(7),
    perMessage.toFixed(1).padEnd(11),
    run.rss.toFixed(1).padEnd(8),
    `${share([...run.latencies], 0.5).toFixed(1)} / ${share([...run.latencies], 0.99).toFixed(1)}`,
  ].join(' ');
}

function writeConfig(folder: string, port: number, plugs: number, values: 'all' | 'changes'): string {
  const rule = values === 'all' ? '' : ', publish: { all: { percent: 50, heartbeat: 60 } }';
  const value = (topic: string, quantity: string, path: string) =>
    `{ topic: ${topic}, path: ${path}, quantity: ${quantity} }`;
  const device = (n: number) => {
    const topic = `plug/${n}`;
    const list = [
      value(topic, 'p', 'power'),
      value(topic, 'v', 'voltage'),
      value(topic, 'i', 'current'),
      value(topic, 'e_imp', 'energy'),
    ].join(', ');
    return `      - { id: plug_${n}, interval: 1, fresh: 300, time: { path: ts }${rule}, values: [${list}] }`;
  };
  const file = join(folder, 'house.yaml');
  const text = `mqtt:
  url: mqtt://127.0.0.1:${port}
log: { level: error }
sources:
  - type: mqtt-map
    id: plugs
    devices:
${Array.from({ length: plugs }, (_, n) => device(n)).join('\n')}
`;
  writeFileSync(file, text);
  return file;
}
