import { describe, expect, it } from 'vitest';
import { createHouse } from '../../../../src/simulator/house.ts';
import { createTasmota } from '../../../../src/simulator/plugs/tasmota.ts';
import { at, tell, ticks } from './spoken.ts';

const house = createHouse({ seed: 1 });
const NOON = Date.UTC(2026, 5, 15, 12, 0, 7, 300);
const create = () => createTasmota({ topic: 'washer', measures: 'fridge' }, house, NOON);
const fridge = (when: number) => {
  const circuit = house.at(when).circuit('fridge');
  if (circuit === undefined) throw new Error('the house has a fridge');
  return circuit;
};

describe('the simulated Tasmota', () => {
  it('says that it is there, retained, and leaves the contrary with the broker', () => {
    const program = create();
    expect(program.will).toEqual({ topic: 'tele/washer/LWT', payload: 'Offline', isRetained: true });
    const said = program.onConnect(NOON);
    expect(said[0]).toEqual({ topic: 'tele/washer/LWT', payload: 'Online', isRetained: true });
    const retained = said.filter(({ isRetained }) => isRetained).slice(1);
    expect(retained.map(({ topic }) => topic.replace(/[0-9A-F]{12}/, 'MAC'))).toEqual([
      'tasmota/discovery/MAC/config',
      'tasmota/discovery/MAC/sensors',
    ]);
    const config = JSON.parse(retained[0]?.payload ?? '');
    expect(config).toMatchObject({
      t: 'washer',
      ft: '%prefix%/%topic%/',
      tp: ['cmnd', 'stat', 'tele'],
      onln: 'Online',
      ofln: 'Offline',
    });
    expect(retained[0]?.topic).toContain(config.mac);
    expect(JSON.parse(retained[1]?.payload ?? '').sn.ENERGY.Power).toBeTypeOf('number');
  });

  it('tells its values five seconds after it has come, then each five minutes', () => {
    const program = create();
    program.onConnect(NOON);
    const said = ticks(program, NOON, 620).filter(({ topic }) => topic === 'tele/washer/SENSOR');
    expect(said.map(({ second }) => second)).toEqual([5, 305, 605]);
    // Wh between two of them.
    const periods = said.map(({ payload }) => JSON.parse(payload).ENERGY.Period);
    const truth = 1000 * (fridge(NOON + 305_000).energy.e_imp - fridge(NOON + 5000).energy.e_imp);
    expect(periods[0]).toBe(0);
    expect(Math.abs(periods[1] - truth)).toBeLessThan(0.06);
  });

  it.each(['Status', 'STATUS', 'status'])('answers %s 10 with the values of that moment', (command) => {
    const when = NOON + 40_000;
    const [answer, ...others] = tell(create(), `cmnd/washer/${command}`, '10', when);
    expect(others).toEqual([]);
    expect(answer?.topic).toBe('stat/washer/STATUS10');
    const { Time, ENERGY } = JSON.parse(answer?.payload ?? '').StatusSNS;
    // Local time of a house an hour east, without a zone.
    expect(Time).toBe('2026-06-15T13:00:47');
    const { p, q, s, v, i, pf, energy } = fridge(when);
    const close = (value: number, truth: number, step: number) =>
      expect(Math.abs(value - truth)).toBeLessThanOrEqual(step / 2 + 1e-9);
    close(ENERGY.Power, p, 0.1);
    close(ENERGY.ApparentPower, s, 0.1);
    close(ENERGY.ReactivePower, Math.abs(q), 0.1);
    close(ENERGY.Voltage, v, 0.1);
    close(ENERGY.Current, i, 0.001);
    close(ENERGY.Factor, pf, 0.01);
    close(ENERGY.Total, energy.e_imp - 0.0005, 0.001);
    const midnight = Date.UTC(2026, 5, 14, 23);
    close(ENERGY.Today, energy.e_imp - fridge(midnight).energy.e_imp - 0.0005, 0.001);
    const yesterday = fridge(midnight).energy.e_imp - fridge(midnight - 86_400_000).energy.e_imp;
    close(ENERGY.Yesterday, yesterday - 0.0005, 0.001);
    expect(ENERGY).not.toHaveProperty('Period');
  });

  it.each([1, 2])('begins a new day at its own midnight, %i days later', (days) => {
    const program = create();
    const midnight = Date.UTC(2026, 5, 14 + days, 23);
    const wh = (when: number) => fridge(when).energy.e_imp;
    const [answer] = at(
      tell(program, 'cmnd/washer/Status', '10', midnight + 600_000),
      'stat/washer/STATUS10',
    );
    const { Today, Yesterday } = answer.StatusSNS.ENERGY;
    expect(Math.abs(Today - (wh(midnight + 600_000) - wh(midnight)))).toBeLessThan(0.0011);
    expect(Math.abs(Yesterday - (wh(midnight) - wh(midnight - 86_400_000)))).toBeLessThan(0.0011);
  });

  it('switches its relay; then it has neither load nor voltage to show', () => {
    const program = create();
    expect(
      tell(program, 'cmnd/washer/Power', 'off', NOON).map(({ topic, payload }) => [topic, payload]),
    ).toEqual([
      ['stat/washer/RESULT', '{"POWER":"OFF"}'],
      ['stat/washer/POWER', 'OFF'],
    ]);
    const [answer] = at(tell(program, 'cmnd/washer/Status', '10', NOON), 'stat/washer/STATUS10');
    expect(answer.StatusSNS.ENERGY).toMatchObject({ Power: 0, Current: 0, Voltage: 0, Factor: 0 });
    expect(at(tell(program, 'cmnd/washer/POWER', '', NOON), 'stat/washer/RESULT')).toEqual([
      { POWER: 'OFF' },
    ]);
    expect(at(tell(program, 'cmnd/washer/POWER1', 'TOGGLE', NOON), 'stat/washer/RESULT')).toEqual([
      { POWER: 'ON' },
    ]);
  });

  it('refuses what it does not know', () => {
    const result = (command: string, text: string) =>
      at(tell(create(), `cmnd/washer/${command}`, text, NOON), 'stat/washer/RESULT');
    expect(result('Explode', '1')).toEqual([{ Command: 'Unknown', Input: 'EXPLODE' }]);
    expect(result('Power', 'perhaps')).toEqual([{ Command: 'Error' }]);
    expect(result('Status', '99')).toEqual([{ Command: 'Error' }]);
  });

  it('keeps its counter over a restart and begins its up-time anew', () => {
    const program = create();
    program.onConnect(NOON);
    const total = (when: number) =>
      at(tell(program, 'cmnd/washer/Status', '10', when), 'stat/washer/STATUS10')[0].StatusSNS.ENERGY.Total;
    const before = total(NOON + 60_000);
    program.restart(NOON + 60_000);
    program.onConnect(NOON + 61_000);
    expect(total(NOON + 61_000)).toBeGreaterThanOrEqual(before);
    const [state] = at(tell(program, 'cmnd/washer/Status', '11', NOON + 70_000), 'stat/washer/STATUS11');
    expect(state.StatusSTS).toMatchObject({ UptimeSec: 10, Uptime: '0T00:00:10', MqttCount: 1 });
  });

  it('is mute where it hangs, and has no power where its chip has none', () => {
    const program = create();
    program.onConnect(NOON);
    program.setFault('silent');
    expect([...ticks(program, NOON, 400), ...tell(program, 'cmnd/washer/Status', '10', NOON)]).toEqual([]);
    program.setFault('sentinel');
    const [answer] = at(tell(program, 'cmnd/washer/Status', '10', NOON), 'stat/washer/STATUS10');
    expect(answer.StatusSNS.ENERGY.Power).toBeNull();
  });
});
