import { describe, expect, it } from 'vitest';
import type { Connection, SimulatedMeterConfig } from '../../../src/config/types.ts';
import { createSystemClock } from '../../../src/lib/clock.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { simulateMeter } from '../../../src/simulator/simulate-meter.ts';
import { createSimulator } from '../../../src/simulator/simulator.ts';
import { profileOf, row } from './example-profile.ts';

const connection: Connection = {
  kind: 'tcp',
  framing: 'rtu',
  host: '127.0.0.1',
  port: 5021,
  line: undefined,
  unitId: undefined,
};
const profile = profileOf(
  [row({ code: 'v', address: 0 })],
  {},
  { serial: { baud: 9600, parity: 'none', stopBits: 1, unitId: 7 } },
);
const surroundings = {
  profiles: new Map([[profile.id, profile]]),
  clock: createSystemClock(),
  logger: silentLogger,
};
function simulatorWith(...meters: readonly Partial<SimulatedMeterConfig>[]) {
  const full = meters.map((meter) => ({ unitId: 1, profile: 'example-meter', measures: 'mains', ...meter }));
  return createSimulator({
    ...surroundings,
    config: { seed: 1, paced: false, buses: [{ connection, turnaroundMs: 0, meters: full }] },
  });
}

describe('the configuration of the simulator', () => {
  it('is refused for a circuit that the house does not have, with those it has', () => {
    expect(() => simulatorWith({ measures: 'kettel' })).toThrow(
      'rtu+tcp://127.0.0.1:5021, unit 1: there is no circuit "kettel"; did you mean "kettle"? Known: mains, fridge',
    );
    expect(() => simulatorWith({ measures: '__proto__' })).toThrow('there is no circuit "__proto__"');
  });

  it('is refused for an unknown profile and for one unit id twice', () => {
    expect(() => simulatorWith({ profile: 'exampel-meter' })).toThrow('did you mean "example-meter"?');
    expect(() => simulatorWith({}, { measures: 'fridge' })).toThrow('two meters have the unit id 1');
  });

  it('for one meter takes unit id, pace and circuit from what is usual', () => {
    expect(simulateMeter({ profile, connection })).toEqual({
      config: {
        seed: 1,
        paced: true,
        buses: [
          {
            connection,
            turnaroundMs: 20,
            meters: [{ unitId: 7, profile: 'example-meter', measures: 'mains' }],
          },
        ],
      },
      profiles: surroundings.profiles,
      faults: [],
    });
    const { config } = simulateMeter({ profile, connection: { ...connection, unitId: 3 } });
    expect(config.buses[0]?.meters[0]?.unitId).toBe(3);
    const two = simulateMeter({ profile, connection, unitIds: [4, 5], measures: 'solar' });
    expect(two.config.buses[0]?.meters.map(({ unitId }) => unitId)).toEqual([4, 5]);
  });
});
