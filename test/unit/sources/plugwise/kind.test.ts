import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { PlugwiseConfig } from '../../../../src/sources/plugwise/config.ts';
import { PLUGWISE_KIND } from '../../../../src/sources/plugwise/kind.ts';

const SECTION = z.strictObject(PLUGWISE_KIND.fields);
const DEVICE = z.strictObject(PLUGWISE_KIND.deviceFields);
const SURROUNDINGS = { pathOf: (path: string) => path, secretAt: () => undefined };
const common = { id: 'fridge', name: 'Fridge', intervalMs: 10_000, invert: false, rating: {} };

function build(section: unknown, device: unknown): PlugwiseConfig {
  const fields = SECTION.parse(section);
  const devices = [{ common, fields: DEVICE.parse(device) }];
  return PLUGWISE_KIND.build({ id: 'stick', fields, devices }, SURROUNDINGS) as PlugwiseConfig;
}

describe('the section of a Plugwise stick', () => {
  it('asks for the stick and the MACs, and sets clocks but switches nothing by itself', () => {
    const config = build({ connection: 'serial:/dev/ttyUSB0' }, { mac: '000d6f0000598a13' });
    expect(config).toEqual({
      type: 'plugwise',
      id: 'stick',
      connection: {
        kind: 'serial',
        path: '/dev/ttyUSB0',
        line: { baud: 115_200, dataBits: 8, parity: 'none', stopBits: 1 },
      },
      setClocks: true,
      energyLog: false,
      devices: [{ ...common, mac: '000D6F0000598A13', allowSwitching: false }],
    });
    expect(PLUGWISE_KIND.defaultIntervalS).toBe(10);
  });

  it('takes a serial server, and every flag', () => {
    const section = { connection: 'tcp://192.168.1.9:4001', setClocks: false, energyLog: true };
    const config = build(section, { mac: '000D6F0000598A13', allowSwitching: true });
    expect(config).toMatchObject({
      connection: { kind: 'tcp', port: 4001 },
      setClocks: false,
      energyLog: true,
    });
    expect(config.devices[0]?.allowSwitching).toBe(true);
  });

  it.each(['000D6F0000598A1', '000D6F0000598A133', 'kettle', '__proto__', 12, undefined])(
    'refuses %s as a MAC',
    (mac) => {
      expect(DEVICE.safeParse({ mac }).success).toBe(false);
    },
  );

  it('makes a source that opens nothing yet', async () => {
    const config = build({ connection: 'serial:/dev/nowhere' }, { mac: '000D6F0000598A13' });
    const parts = { stateDirectory: '/nowhere', clock: undefined } as never; // nothing of it is used before run
    const source = await PLUGWISE_KIND.create(config, parts);
    expect(source.devices.map(({ id }) => id)).toEqual(['fridge']);
    await expect(source.switch?.('fridge', 'on')).rejects.toThrow(/may not be switched/);
  });
});
