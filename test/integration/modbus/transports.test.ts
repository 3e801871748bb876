import { expect, onTestFinished, test } from 'vitest';
import { parseConnection } from '../../../src/config/connection.ts';
import type { Connection } from '../../../src/config/types.ts';
import type { Sample } from '../../../src/domain/reading.ts';
import { createSystemClock } from '../../../src/lib/clock.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { loadProfile, shippedProfileDirectory } from '../../../src/meters/load-profiles.ts';
import { createSimulator } from '../../../src/simulator/simulator.ts';
import { connectBus } from '../../../src/sources/modbus-meter/bus-connection.ts';
import { createModbusMeterSource } from '../../../src/sources/modbus-meter/source.ts';
import { freePort } from '../../support/free-port.ts';
import { deviceConfig } from '../../support/meter-config.ts';
import { openSerialPair } from '../../support/serial-pair.ts';

/** Where the simulated meter answers and where the gateway asks, for each transport. */
const TRANSPORTS: readonly (readonly [name: string, url: string])[] = [
  ['RTU on a serial port', 'rtu:SERIAL?baud=19200'],
  ['ASCII on a serial port', 'ascii:SERIAL?baud=19200'],
  ['Modbus TCP', 'tcp://127.0.0.1:PORT'],
  ['RTU over TCP', 'rtu+tcp://127.0.0.1:PORT?baud=19200'],
  ['ASCII over TCP', 'ascii+tcp://127.0.0.1:PORT'],
  ['RTU over UDP', 'rtu+udp://127.0.0.1:PORT'],
];

test.each(TRANSPORTS)(
  'reads a whole meter over: %s',
  async (_, url) => {
    const [meterSide, ownSide] = await places(url);
    const profile = await loadProfile('carlo-gavazzi-em21-72d', [shippedProfileDirectory()]);
    const profiles = new Map([[profile.id, profile]]);
    const clock = createSystemClock();
    const buses = [
      {
        connection: meterSide,
        turnaroundMs: 10,
        meters: [{ unitId: 5, profile: profile.id, measures: 'mains' }],
      },
    ];
    const simulator = createSimulator({
      config: { seed: 7, paced: true, buses },
      profiles,
      clock,
      logger: silentLogger,
    });
    const end = new AbortController();
    const simulated = simulator.run(end.signal);
    await simulator.listening;
    const devices = [deviceConfig({ id: 'mains', meter: profile.id, unitId: 5 })];
    const config = { type: 'modbus-meter', id: 'bus', connection: ownSide, devices } as const;
    const source = createModbusMeterSource(config, profiles, connectBus(ownSide), clock);
    const samples: Sample[] = [];
    const running = source.run(
      (event) => void (event.type === 'sample' && samples.push(event.sample)),
      end.signal,
    );
    onTestFinished(async () => {
      end.abort();
      await Promise.all([running, simulated]);
    });
    await expect.poll(() => samples.length, { timeout: 20_000 }).toBeGreaterThan(1);
    const sample = samples.at(-1);
    expect(sample?.readings).toHaveLength(profile.registers.filter((row) => row.enabled).length);
    const truth = simulator.truth().at(sample?.takenAt ?? 0).mains;
    const value = (code: string) =>
      sample?.readings.find((r) => r.code === code && r.phase === undefined)?.value ?? 0;
    expect(Math.abs(value('v') - truth.v)).toBeLessThan(3);
    expect(Math.abs(value('e_imp') - truth.energy.e_imp)).toBeLessThanOrEqual(0.11);
    expect(Math.abs(value('f') - truth.f)).toBeLessThanOrEqual(0.11);
    const unit = (source.statistics().units as Record<string, Record<string, number>>).mains;
    expect(unit?.timeouts).toBe(0);
  },
  60_000,
);

async function places(url: string): Promise<readonly [meter: Connection, own: Connection]> {
  if (!url.includes('SERIAL')) {
    const connection = connectionOf(url.replace('PORT', String(await freePort())));
    return [connection, connection];
  }
  const pair = await openSerialPair();
  onTestFinished(() => pair.close());
  return [connectionOf(url.replace('SERIAL', pair.a)), connectionOf(url.replace('SERIAL', pair.b))];
}

function connectionOf(url: string): Connection {
  const parsed = parseConnection(url);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed;
}
