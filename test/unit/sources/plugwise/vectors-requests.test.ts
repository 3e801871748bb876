import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { acceptNodeRequest, decodeEnergyLog } from '../../../../src/protocols/plugwise/messages.ts';
import { pulsesToKilowattHours } from '../../../../src/protocols/plugwise/pulses.ts';
import { readResponse } from '../../../../src/protocols/plugwise/response.ts';
import { createStick } from '../../../../src/protocols/plugwise/stick.ts';
import { frameBytes, hex } from '../../../../src/simulator/plugwise/stick-frames.ts';
import type { PlugwiseConfig, PlugwiseDeviceConfig } from '../../../../src/sources/plugwise/config.ts';
import { createManualClock } from '../../../support/manual-clock.ts';
import {
  accepted,
  answerWith,
  circle,
  createScriptedStick,
  decoded,
  decodedNumber,
  macIn,
  type Script,
  textOf,
  usualIdentity,
  VECTORS,
  vector,
  writtenHex,
} from './scripted-stick.ts';
import { startSource } from './simulated-network.ts';

interface Setting {
  readonly script?: Script;
  readonly device?: Partial<PlugwiseDeviceConfig>;
  readonly config?: Partial<PlugwiseConfig>;
  readonly startAt?: number;
}

async function start(mac: string, { script, device, config = {}, startAt }: Setting = {}) {
  const clock = createManualClock({ startAt: startAt ?? Date.UTC(2026, 4, 1, 9, 59, 1) });
  const line = createScriptedStick(clock, script);
  const devices = [circle(mac, device)];
  const running = await startSource({ clock, opener: line.opener, devices, config });
  onTestFinished(() => running.stop());
  return { ...running, line };
}

const silent: Script = (asked) =>
  asked.id === '0012'
    ? [accepted(asked.sequence), { afterMs: 50, bytes: frameBytes(`0000${asked.sequence}00E1`) }]
    : undefined;

describe('published requests, as the source sends them', () => {
  it.each(['plugwise-info-request', 'plugwise-power-request', 'plugwise-clock-request'])('%s', async (id) => {
    const running = await start(macIn(id));
    await running.clock.advance(1000);
    expect(writtenHex(running.line)).toContain(vector(id).hex);
  });

  it('plugwise-ping-request, half a minute after a Circle fell silent', async () => {
    const id = 'plugwise-ping-request';
    const running = await start(macIn(id), { script: silent });
    await running.clock.advance(29_000);
    expect(writtenHex(running.line)).not.toContain(vector(id).hex);
    await running.clock.advance(3000);
    expect(writtenHex(running.line)).toContain(vector(id).hex);
  });

  it('plugwise-rtc-set-request, to a Circle+ whose clock is wrong', async () => {
    const id = 'plugwise-rtc-set-request';
    const startAt = Date.parse(`${decoded(id, 'device_time')}Z`);
    const script: Script = ({ id: asked, sequence, mac }) => {
      const send = (text: string) => [accepted(sequence), { afterMs: 3, bytes: frameBytes(text) }];
      if (asked === '000A') return send(`0011${sequence}000D6F00009988770101CA98765432101234605AFF`);
      return asked === '003E' ? send(`003F${sequence}${mac}0A00000000`) : undefined;
    };
    const running = await start(macIn(id), { script, startAt });
    await running.clock.advance(900);
    const written = writtenHex(running.line);
    expect(written).toContain(vector(id).hex);
    // The other clock first, and its log is kept.
    const set = Buffer.from(
      written.find((each) => each.startsWith('0505030330303136')) ?? '',
      'hex',
    ).toString();
    expect(set.slice(4, -6)).toBe(`0016${macIn(id)}1904${hex(2 * 1440 + 22 * 60, 4)}FFFFFFFF16000003`);
  });

  it.each([
    ['plugwise-relay-on-request', 'on'],
    ['plugwise-relay-off-request', 'off'],
  ] as const)('%s, where the Circle may be switched', async (id, state) => {
    const running = await start(macIn(id), { device: { allowSwitching: true } });
    await running.clock.advance(1000);
    await running.clock.advanceUntil(running.source.switch?.('plug', state) ?? Promise.reject());
    expect(writtenHex(running.line)).toContain(vector(id).hex);
    expect(running.values('plug', 'relay').at(-1)).toBe(state === 'on' ? 1 : 0);
  });

  it('plugwise-relay-off-ack confirms the switching', async () => {
    const id = 'plugwise-relay-off-ack';
    const script: Script = (asked) => (asked.id === '0017' ? answerWith(id) : undefined);
    const running = await start(macIn(id), { script, device: { allowSwitching: true } });
    await running.clock.advance(1000);
    await running.clock.advanceUntil(running.source.switch?.('plug', 'off') ?? Promise.reject());
    expect(running.values('plug', 'relay').at(-1)).toBe(0);
    // The other state is not what was asked for.
    const other = running.source.switch?.('plug', 'on').catch((error: Error) => error.message);
    expect(await running.clock.advanceUntil(other ?? Promise.reject())).toMatch(/plug was not switched on/);
  });

  it('plugwise-join-node-request has its argument before the MAC', async () => {
    const clock = createManualClock();
    const line = createScriptedStick(clock);
    const stick = createStick({ opener: line.opener, clock });
    const end = new AbortController();
    const run = stick.run(end.signal);
    await clock.advanceUntil(stick.whenReady(end.signal));
    const accept = acceptNodeRequest(macIn('plugwise-join-node-request'), true);
    const failed = stick.request(accept).catch((error: Error) => error.message);
    expect(await clock.advanceUntil(failed)).toMatch(/does not answer/);
    expect(writtenHex(line)).toContain(vector('plugwise-join-node-request').hex);
    end.abort();
    await clock.advanceUntil(run);
  });
});

describe('the published energy log, through the whole source', () => {
  it('finishes the hour that the Circle has written, and counts its pulses once', async () => {
    const [asked, answer] = ['plugwise-log-request', 'plugwise-log-response'];
    const mac = macIn(asked);
    const startAt = Date.UTC(2010, 10, 10, 3, 55);
    const log = { consumed: 200_000 };
    const script: Script = ({ id, sequence, at }) => {
      const send = (text: string) => [accepted(sequence), { afterMs: 3, bytes: frameBytes(text) }];
      if (id === '0048') return answerWith(answer);
      // Its pointer goes on to block 154 with the entry of 04:00.
      const pointer = at < Date.UTC(2010, 10, 10, 4) ? 0x45338 : 0x45340;
      if (id === '0023') return send(`0024${sequence}${mac}${usualIdentity(at, pointer)}`);
      if (id !== '0012') return undefined;
      const consumed = at < Date.UTC(2010, 10, 10, 4) ? log.consumed : 0;
      return send(`0013${sequence}${mac}00000000${hex(consumed, 8)}000000000000`);
    };
    const running = await start(mac, { script, startAt, config: { energyLog: true } });
    await running.clock.advance(240_000);
    expect(running.values('plug', 'e_imp').at(-1)).toBe(0);
    await running.clock.advance(400_000);
    expect(writtenHex(running.line).filter((each) => each === vector(asked).hex)).toHaveLength(1);
    const rest = decodedNumber(answer, 'log4_pulses') - log.consumed;
    expect(running.values('plug', 'e_imp').at(-1)).toBeCloseTo(rest / 468.9385193 / 3600, 9);
    expect(running.source.statistics()).toMatchObject({ plugs: { plug: { energy_gaps: 0, log_blocks: 1 } } });
  });

  it('plugwise-log-response: dates beyond the end of the month', () => {
    const id = 'plugwise-log-response';
    const [response] = readResponse(textOf(id));
    const found = decodeEnergyLog(response?.fields ?? '');
    const expected = [1, 2, 3, 4].map((n) => ({
      endMs: Date.parse(`${decoded(id, `log${n}_end`)}Z`),
      pulses: decoded(id, `log${n}_pulses`),
    }));
    expect(found).toEqual({ entries: expected, position: { block: decoded(id, 'log_address'), slot: 0 } });
  });

  it('plugwise-calc-minutewrap: a clock that was never set steps by an hour, modulo 65536 minutes', () => {
    const id = 'plugwise-calc-minutewrap';
    const found = decodeEnergyLog(vector(id).payload.replaceAll(' ', ''));
    expect(found?.entries.map((entry) => entry?.pulses)).toEqual(decoded(id, 'pulses'));
    const begin = Date.UTC(2010, 10);
    const minutes = found?.entries.map((entry) => ((entry?.endMs ?? 0) - begin) / 60_000);
    expect(minutes).toEqual([1, 2, 3, 4].map((n) => decoded(id, `stamp${n}_minutes`)));
    expect(found?.position.block).toBe(decoded(id, 'log_address'));
  });

  it('plugwise-calc-hourlog and plugwise-calc-unit-3333: pulses of an hour as energy', () => {
    const calibrationOf = (id: string) => ({
      gainA: decodedNumber(id, 'gain_a'),
      gainB: decodedNumber(id, 'gain_b'),
      totalOffset: decodedNumber(id, 'offset_total'),
      noiseOffset: decodedNumber(id, 'offset_noise'),
    });
    const hourlog = calibrationOf('plugwise-calc-hourlog');
    expect(pulsesToKilowattHours(200, 3600, hourlog)).toBeCloseTo(0.000168529921, 11);
    expect(pulsesToKilowattHours(188, 3600, hourlog)).toBeCloseTo(0.000161484446, 11);
    const unit = 'plugwise-calc-unit-3333';
    expect(pulsesToKilowattHours(3333, 3600, calibrationOf(unit))).toBeCloseTo(
      decodedNumber(unit, 'energy'),
      12,
    );
  });
});

it('every one of the 38 published vectors stands in one of these tests', () => {
  const tests = ['vectors', 'vectors-requests'].map((name) =>
    readFileSync(`test/unit/sources/plugwise/${name}.test.ts`, 'utf8'),
  );
  expect(VECTORS.size).toBe(38);
  expect([...VECTORS.keys()].filter((id) => !tests.join('').includes(id))).toEqual([]);
});
