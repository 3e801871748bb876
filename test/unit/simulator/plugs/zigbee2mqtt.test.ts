import { describe, expect, it } from 'vitest';
import { createHouse } from '../../../../src/simulator/house.ts';
import { createZigbee2mqtt } from '../../../../src/simulator/plugs/zigbee2mqtt.ts';
import { at, tell, ticks } from './spoken.ts';

const house = createHouse({ seed: 1 });
/** An evening with the television on. */
const EVENING = Date.UTC(2026, 5, 15, 19, 58, 30);
const TV = 'Living room/TV plug';
const TOPIC = `zigbee2mqtt/${TV}`;
const IEEE = '0x00158d00054a91c2';

const create = () =>
  createZigbee2mqtt(
    { base: 'zigbee2mqtt', plugs: [{ name: TV, ieee: IEEE, measures: 'electronics' }] },
    house,
    EVENING,
  );
const power = (when: number) => Math.round((house.at(when).circuit('electronics')?.p ?? 0) * 10) / 10;

describe('the simulated zigbee2mqtt', () => {
  it('keeps what it is and what is paired with it retained', () => {
    const said = create().onConnect(EVENING);
    expect(said.filter(({ isRetained }) => isRetained).map(({ topic }) => topic)).toEqual([
      'zigbee2mqtt/bridge/state',
      'zigbee2mqtt/bridge/info',
      'zigbee2mqtt/bridge/devices',
      `${TOPIC}/availability`,
    ]);
    expect(at(said, 'zigbee2mqtt/bridge/state')).toEqual([{ state: 'online' }]);
    expect(at(said, 'zigbee2mqtt/bridge/info')[0].config.advanced.cache_state).toBe(true);
    const [coordinator, plug] = at(said, 'zigbee2mqtt/bridge/devices')[0];
    expect(coordinator).toMatchObject({ type: 'Coordinator', friendly_name: 'Coordinator' });
    expect(plug).toMatchObject({ friendly_name: TV, ieee_address: IEEE, type: 'Router', supported: true });
    const numeric = plug.definition.exposes.filter((each: { access?: number }) => each.access === 5);
    expect(numeric.map(({ property, unit }: { property: string; unit: string }) => [property, unit])).toEqual(
      [
        ['power', 'W'],
        ['current', 'A'],
        ['voltage', 'V'],
        ['energy', 'kWh'],
      ],
    );
  });

  it('sends what it remembers of an earlier run when it starts, as old as that is', () => {
    const [state] = at(create().onConnect(EVENING), TOPIC);
    expect(Date.parse(state.last_seen)).toBe(EVENING - 600_000);
    expect(state.power).toBe(power(EVENING - 600_000));
    expect(state.power).not.toBe(power(EVENING));
  });

  it('publishes everything it remembers at each report, with power within 2 W or 5 % of the truth', () => {
    const program = create();
    program.onConnect(EVENING);
    const said = ticks(program, EVENING, 600).filter(({ topic }) => topic === TOPIC);
    for (const { payload, second } of said) {
      const state = JSON.parse(payload);
      expect(Object.keys(state).sort()).toEqual(
        ['current', 'energy', 'last_seen', 'linkquality', 'power', 'state', 'update', 'voltage'].sort(),
      );
      const truth = power(EVENING + 1000 * second);
      expect(Math.abs(state.power - truth)).toBeLessThan(Math.max(2, 0.05 * truth));
      expect(Date.parse(state.last_seen)).toBe(EVENING + 1000 * second);
    }
    // At least the longest interval, at most once a second, and some that repeat an old power.
    const repeated = said.filter(
      ({ payload, second }) => JSON.parse(payload).power !== power(EVENING + 1000 * second),
    );
    expect(said.length).toBeGreaterThan(20);
    expect(repeated.length).toBeGreaterThan(3);
    const gaps = said.slice(1).map(({ second }, n) => second - (said[n]?.second ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(60);
  });

  it('reads the plug when it is asked, once for each value asked for', () => {
    const program = create();
    const when = EVENING + 200;
    const one = tell(program, `${TOPIC}/get`, { power: '' }, when);
    expect(at(one, TOPIC)).toHaveLength(1);
    expect(at(one, TOPIC)[0]).toMatchObject({ power: power(when), last_seen: new Date(when).toISOString() });
    expect(tell(program, `${TOPIC}/get`, { power: '', energy: '', nonsense: '' }, when)).toHaveLength(2);
    expect(tell(program, `zigbee2mqtt/${IEEE}/get/voltage`, '', when)).toHaveLength(1);
    for (const [topic, payload] of [
      [`${TOPIC}/get`, 'no JSON'],
      [`${TOPIC}/get`, ''],
      ['zigbee2mqtt/somebody else/get', '{"power":""}'],
      [TOPIC, '{"power":""}'],
      ['zigbee2mqtt', '{"power":""}'],
    ] as const)
      expect(tell(program, topic, payload, when), topic).toEqual([]);
  });

  it('switches; the power follows by itself, and what flows elsewhere is not counted', () => {
    const program = create();
    tell(program, `${TOPIC}/get`, { power: '', energy: '' }, EVENING);
    const [off] = at(tell(program, `${TOPIC}/set`, { state: 'OFF' }, EVENING + 500), TOPIC);
    expect(off).toMatchObject({ state: 'OFF', power: power(EVENING) });
    const [reported] = at(program.onTick(EVENING + 2000), TOPIC);
    expect(reported.power).toBe(0);
    const day = 86_400_000;
    const [later] = at(tell(program, `${TOPIC}/get`, { energy: '' }, EVENING + day), TOPIC);
    expect(later.energy).toBe(off.energy);
    expect(at(tell(program, `${TOPIC}/set`, 'toggle', EVENING + day), TOPIC)[0].state).toBe('ON');
    for (const nonsense of [
      'maybe',
      '',
      '{',
      '{"state":{"toString":1}}',
      '{"state":null}',
      '{"__proto__":{}}',
    ])
      expect(tell(program, `${TOPIC}/set`, nonsense, EVENING), nonsense).toEqual([]);
  });

  it('counts what the house counts, in hundredths of a kilowatt-hour', () => {
    const program = create();
    for (const hours of [0, 1, 30]) {
      const when = EVENING + hours * 3_600_000;
      const [state] = at(tell(program, `${TOPIC}/get`, { energy: '' }, when), TOPIC);
      const truth = house.at(when).circuit('electronics')?.energy.e_tot ?? 0;
      expect(truth - state.energy).toBeGreaterThanOrEqual(0);
      expect(truth - state.energy).toBeLessThan(0.01);
    }
  });

  it('says nothing of a plug that hangs, complains when asked, and tells after ten minutes that it is gone', () => {
    const program = create();
    program.onConnect(EVENING);
    program.onTick(EVENING + 1000);
    program.setFault('silent', TV);
    const said = ticks(program, EVENING + 1000, 700);
    expect(said.map(({ topic, payload }) => [topic, payload])).toEqual([
      [`${TOPIC}/availability`, '{"state":"offline"}'],
    ]);
    expect(said[0]?.second).toBe(600);
    const [complaint] = at(
      tell(program, `${TOPIC}/get`, { power: '' }, EVENING),
      'zigbee2mqtt/bridge/logging',
    );
    expect(complaint.level).toBe('error');
    program.setFault(undefined);
    expect(at(program.onTick(EVENING + 900_000), `${TOPIC}/availability`)).toEqual([{ state: 'online' }]);
  });

  it('sends the mark of the plug where there is no power', () => {
    const program = create();
    program.setFault('sentinel', TV);
    expect(at(program.onTick(EVENING + 1000), TOPIC)[0].power).toBe(-8_388_608);
    program.setFault('silent', 'another plug');
    expect(at(program.onTick(EVENING + 62_000), TOPIC)).toHaveLength(1);
  });
});
