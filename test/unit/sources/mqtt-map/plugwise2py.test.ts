import { describe, expect, it } from 'vitest';
import { PLUGWISE2PY_KIND } from '../../../../src/sources/mqtt-map/plugwise2py/kind.ts';
import { plugwise2pyMapper } from '../../../../src/sources/mqtt-map/plugwise2py/mapper.ts';
import { configOf, startMapper } from './mapper-bench.ts';

const MAC = '000D6F0001A1B2C3';
const POWER = `plugwise2py/state/power/${MAC}`;
const CIRCLE = `plugwise2py/state/circle/${MAC}`;
const bench = () =>
  startMapper(
    plugwise2pyMapper(configOf(PLUGWISE2PY_KIND, { devices: [{ id: 'kettle', mac: MAC }] }) as never),
  );

describe('Plugwise-2-py', () => {
  it('takes the time of the measurement from the message, also from a retained one', () => {
    const plug = bench();
    const ts = Math.floor(plug.clock.now() / 1000) - 4;
    plug.hear(POWER, { ts, power: 9.78 }, true);
    expect(plug.samples()).toEqual([{ deviceId: 'kettle', takenAt: ts * 1000, values: { p: 9.78 } }]);
  });

  it('does not take an old measurement for a new one because its message came now', () => {
    const plug = bench();
    const old = Math.floor(plug.clock.now() / 1000) - 600;
    plug.hear(CIRCLE, { powerts: old, power8s: 2000, switch: 'on', online: true });
    plug.hear(POWER, { power: 2000 });
    expect(plug.samples()).toEqual([]);
    expect(plug.mapper.statistics()).toEqual({ not_fresh: 1, no_time: 1 });
  });

  it('tells one measurement that comes at both topics once, with the relay where it is told first', () => {
    const plug = bench();
    const ts = Math.floor(plug.clock.now() / 1000);
    plug.hear(CIRCLE, { powerts: ts, power8s: 109.2, switch: 'on', online: true });
    plug.hear(POWER, { ts, power: 109.2 });
    expect(plug.samples().map(({ values }) => values)).toEqual([{ p: 109.2, relay: 1 }]);
    expect(plug.mapper.statistics()).toEqual({ repeated: 1 });
  });

  it('goes on after a time of the far future', () => {
    const plug = bench();
    const ts = Math.floor(plug.clock.now() / 1000);
    plug.hear(POWER, { ts: ts + 1_000_000, power: 1 });
    plug.hear(POWER, { ts, power: 2 });
    expect(plug.readings()).toEqual(['kettle/p 2']);
  });

  it('loses a Circle that is out of reach', () => {
    const plug = bench();
    plug.hear(CIRCLE, { online: false, power8s: 5, powerts: plug.clock.now() / 1000 }, true);
    expect([plug.offline(), plug.samples()]).toEqual([['kettle'], []]);
  });

  it('knows the limit of a Circle, and the one that the user gives', () => {
    expect(bench().mapper.devices[0]?.rating).toEqual({ fuseA: 16, maxW: 3680 });
    const rated = configOf(PLUGWISE2PY_KIND, { devices: [{ id: 'a', mac: MAC, rating: { power: 2000 } }] });
    expect(rated.devices[0]?.rating).toEqual({ fuseA: 16, maxW: 2000 });
  });

  it.each(['', '{', '[]', 'null', '{"ts":"x","power":1}', '{"__proto__":{"power":1,"ts":1}}'])(
    'gives no reading for %s',
    (payload) => {
      const plug = bench();
      plug.hear(POWER, payload);
      expect(plug.samples()).toEqual([]);
    },
  );
});
