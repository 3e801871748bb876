import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSerialPair } from '../../support/serial-pair.ts';
import { startPageServer } from '../http/page-server.ts';
import { connectPeer } from '../mqtt-map/running-source.ts';
import { type Mosquitto, prepareMosquitto } from '../sink/mosquitto.ts';
import { encode, mains } from '../waveform/synthesize.ts';
import { ELSEWHERE } from './elsewhere.ts';
import { BRIDGED_SAMPLES } from './mqtt-bridged.ts';
import { PLUG_SAMPLES } from './mqtt-plugs.ts';
import type { Message, MqttSample } from './mqtt-sample.ts';
import { POWER_SAMPLES, startStickServer } from './plugwise-samples.ts';
import { expectedReadings, forgottenFields, IDS, type Meaning } from './published.ts';
import { expectReadings, type RunningSection, runSection } from './run-section.ts';
import { LINE_SAMPLES, PAGE_SAMPLES, WAVE_SAMPLES } from './wire-samples.ts';

const MQTT_SAMPLES: readonly MqttSample[] = [...PLUG_SAMPLES, ...BRIDGED_SAMPLES];
const READ: readonly (Meaning & { readonly id: string })[] = [
  ...MQTT_SAMPLES,
  ...LINE_SAMPLES,
  ...PAGE_SAMPLES,
  ...WAVE_SAMPLES,
  ...POWER_SAMPLES,
];

const WAIT = { timeout: 20_000 };
type Undo = (step: () => Promise<void>) => void;

/** Runs a section until its test has finished. */
async function run(section: object, atEnd: Undo, startAt?: number): Promise<RunningSection> {
  const running = await runSection(section, startAt);
  atEnd(() => running.stop());
  return running;
}

function expectMeaning(running: RunningSection, sample: Meaning & { readonly id: string }): void {
  expectReadings(running.readings(), expectedReadings(sample.id, sample), sample.tolerance);
}

describe('the list of published samples', () => {
  test('is whole: each of the 106 is read through a source or stands in another test', () => {
    const elsewhere = ELSEWHERE.flatMap(({ ids }) => ids);
    expect(IDS).toHaveLength(106);
    expect(new Set(IDS).size).toBe(106);
    expect([...READ.map(({ id }) => id), ...elsewhere].sort()).toEqual([...IDS].sort());
  });

  test.each(ELSEWHERE)('$test has $ids', ({ test: file, ids }) => {
    expect(existsSync(file)).toBe(true);
    const text = readFileSync(file, 'utf8');
    expect(ids.filter((id) => !text.includes(`'${id}'`) && !text.includes(`${id}:`))).toEqual([]);
  });

  test.each(READ)('of $id no decoded value is passed over in silence', (sample) => {
    expect(forgottenFields(sample.id, sample)).toEqual([]);
  });
});

describe('over a broker', () => {
  let broker: Mosquitto;
  let url = '';
  beforeAll(async () => {
    broker = await prepareMosquitto();
    await broker.start();
    url = `mqtt://127.0.0.1:${broker.port}`;
  });
  afterAll(() => broker.kill());

  test.for(MQTT_SAMPLES)('$id', async (sample, { onTestFinished }) => {
    const peer = await connectPeer(url);
    const kept = new Set<string>();
    onTestFinished(async () => {
      for (const topic of kept) await peer.publish(topic, '', true);
      await peer.end();
    });
    const say = async ([topic, payload, retain = false]: Message) => {
      if (retain) kept.add(topic);
      await peer.publish(topic, payload, retain);
    };
    const running = await run({ ...sample.section, broker: { url } }, onTestFinished, sample.startAt);
    const sayAll = async () => {
      for (const message of sample.messages) await say(message);
    };
    // A subscription may come behind the message that explains what comes on it, so all is said again.
    const sayUntilHeard = async () => {
      await sayAll();
      return running.samples();
    };
    await expect.poll(sayUntilHeard, { ...WAIT, interval: 100 }).toBeGreaterThan(0);
    // And once more, with everything known: whatever is no reading must be none now either.
    const heard = Number(running.source.statistics().messages);
    await sayAll();
    await expect
      .poll(() => Number(running.source.statistics().messages), WAIT)
      .toBeGreaterThanOrEqual(heard + sample.messages.length);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expectMeaning(running, sample);
    expect(running.offline()).toEqual([]);
    if (sample.farewell === undefined) return;
    await say(sample.farewell);
    await expect.poll(() => running.offline(), WAIT).toEqual(['plug']);
  });
});

describe('over a serial line', () => {
  test.for(LINE_SAMPLES)('$id', async (sample, { onTestFinished }) => {
    const pair = await openSerialPair();
    onTestFinished(() => pair.close());
    const running = await run({ ...sample.section, connection: `serial:${pair.a}` }, onTestFinished);
    await expect.poll(() => Number(running.source.statistics().opened), WAIT).toBeGreaterThan(0);
    const end = await open(pair.b, 'r+');
    await end.write(sample.bytes.subarray(0, 11));
    await end.write(sample.bytes.subarray(11));
    await end.close();
    const devices = running.source.devices.length;
    await expect.poll(() => running.samples(), WAIT).toBe(devices);
    expectMeaning(running, sample);
  });
});

describe('over HTTP', () => {
  test.for(PAGE_SAMPLES)('$id', async (sample, { onTestFinished }) => {
    const server = await startPageServer();
    onTestFinished(() => server.close());
    server.answer(({ url }, response) => {
      const isPage = new URL(url ?? '', server.url).pathname === sample.path;
      response.writeHead(isPage ? 200 : 404, { 'Content-Type': 'text/xml' });
      response.end(isPage ? sample.page : 'no');
    });
    const running = await run({ ...sample.section, url: server.url }, onTestFinished);
    await expect.poll(() => running.samples(), WAIT).toBeGreaterThan(1);
    expectMeaning(running, sample);
  });
});

describe.concurrent('as a recording', () => {
  test.for(WAVE_SAMPLES)('$id', async (sample, { expect, onTestFinished }) => {
    const folder = await mkdtemp(join(tmpdir(), 'busbar-wave-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const input = join(folder, 'adc.raw');
    const count = 3 * sample.rate;
    const pcm = encode('S32LE', [
      mains(count, sample.rate, sample.hz, sample.vRmsSteps, 17),
      mains(count, sample.rate, sample.hz, sample.iRmsSteps, 17 - sample.lagDeg),
    ]);
    await writeFile(input, pcm);
    const { voltsPerStep, ampsPerStep } = sample;
    const devices = [{ id: 'plug', voltsPerStep, ampsPerStep }];
    const section = { type: 'waveform', input, format: 'S32LE', rate: sample.rate, devices };
    const running = await run(section, onTestFinished);
    await expect.poll(() => running.samples(), WAIT).toBeGreaterThan(1);
    const expected = expectedReadings(sample.id, sample);
    const { 'plug/q': found = [], ...readings } = running.readings();
    const { 'plug/q': q = Number.NaN, ...others } = expected;
    expectReadings(readings, others, sample.tolerance);
    // Where current and voltage are in phase q is the root of a small difference: judged by the whole of s.
    for (const each of found)
      expect(Math.abs(each - q)).toBeLessThan(5e-4 * Math.abs(expected['plug/s'] ?? 0));
    expect(found.length).toBeGreaterThan(1);
  });
});

describe.concurrent('from a Plugwise stick', () => {
  test.for(POWER_SAMPLES)('$id', async (sample, { expect, onTestFinished }) => {
    const server = await startStickServer(sample);
    onTestFinished(() => server.close());
    const running = await run(server.section, onTestFinished);
    // How it stands is asked for after its power.
    await expect.poll(() => Object.keys(running.readings()), WAIT).toHaveLength(2);
    expectMeaning(running, sample);
  });
});
