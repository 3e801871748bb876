import { describe, expect, it } from 'vitest';
import { createHouse } from '../../../../src/simulator/house.ts';
import { createShelly } from '../../../../src/simulator/plugs/shelly.ts';
import { at, type Json, tell, ticks } from './spoken.ts';

const house = createHouse({ seed: 1 });
const NOON = Date.UTC(2026, 5, 15, 12, 0, 7, 300);
const PREFIX = 'Kitchen plug';
const EVENTS = `${PREFIX}/events/rpc`;
const create = () => createShelly({ prefix: PREFIX, measures: 'fridge' }, house, NOON);
const fridge = (when: number) => {
  const circuit = house.at(when).circuit('fridge');
  if (circuit === undefined) throw new Error('the house has a fridge');
  return circuit;
};
const call = (program: ReturnType<typeof create>, request: Json, when = NOON) =>
  tell(program, `${PREFIX}/rpc`, request, when);

describe('the simulated Shelly', () => {
  it('has the id of its prefix unless that is a name of its owner', () => {
    const own = createShelly({ prefix: 'shellyplusplugs-c049ef8a1b2c', measures: 'fridge' }, house, NOON);
    expect(own.clientId).toBe('shellyplusplugs-c049ef8a1b2c');
    expect(create().clientId).toMatch(/^shellyplusplugs-[0-9a-f]{12}$/);
  });

  it('says everything when it comes, and only what has changed from then on', () => {
    const program = create();
    const said = program.onConnect(NOON);
    expect(said[0]).toEqual({ topic: `${PREFIX}/online`, payload: 'true', isRetained: true });
    expect(program.will).toEqual({ topic: `${PREFIX}/online`, payload: 'false', isRetained: true });
    const [full] = at(said, EVENTS);
    expect(full).toMatchObject({
      src: program.clientId,
      dst: `${PREFIX}/events`,
      method: 'NotifyFullStatus',
    });
    expect(full.params.ts).toBe(NOON / 1000);
    expect(Object.keys(full.params['switch:0'])).toEqual([
      'id',
      'source',
      'output',
      'apower',
      'voltage',
      'current',
      'aenergy',
      'temperature',
    ]);

    let shown = full.params['switch:0'].apower;
    let partial = 0;
    for (const { payload, second } of ticks(program, NOON, 1800)) {
      const { method, params } = JSON.parse(payload);
      expect(method).toBe('NotifyStatus');
      expect(params.ts).toBe((NOON + 1000 * second) / 1000);
      const { id, aenergy, ...gauges } = params['switch:0'];
      expect(id).toBe(0);
      if (aenergy === undefined) partial++;
      else expect(gauges).toEqual({});
      if (gauges.apower !== undefined) {
        expect(Math.abs(gauges.apower - shown)).toBeGreaterThanOrEqual(Math.max(0.5, 0.05 * shown) - 1e-9);
        expect(Math.abs(gauges.apower - fridge(NOON + 1000 * second).p)).toBeLessThan(0.051);
        shown = gauges.apower;
      }
      // What was not told has not changed by more than a step.
      expect(Math.abs(shown - fridge(NOON + 1000 * second).p)).toBeLessThan(
        Math.max(0.56, 0.05 * shown + 0.06),
      );
    }
    // The compressor has been on and off, and between that the plug was silent.
    expect(partial).toBeGreaterThan(2);
    expect(partial).toBeLessThan(60);
  });

  it('tells its energy at the begin of each minute, with that of the last three', () => {
    const program = create();
    program.onConnect(NOON);
    const told = ticks(program, NOON, 300)
      .map(({ payload, second }) => ({ second, aenergy: JSON.parse(payload).params['switch:0'].aenergy }))
      .filter(({ aenergy }) => aenergy !== undefined);
    expect(told.map(({ second }) => second)).toEqual([53, 113, 173, 233, 293]);
    const last = told.at(-1)?.aenergy;
    expect(last.minute_ts * 1000).toBe(Date.UTC(2026, 5, 15, 12, 5));
    const wh = (when: number) => fridge(when).energy.e_imp * 1000;
    for (const [n, mwh] of last.by_minute.entries()) {
      const end = last.minute_ts * 1000 - 60_000 * n;
      expect(Math.abs(mwh - 1000 * (wh(end) - wh(end - 60_000)))).toBeLessThan(0.01);
    }
    expect(Math.abs(last.total - wh(NOON + 293_000))).toBeLessThan(0.0011);
    // It had not seen a whole minute at first.
    expect(told[0]?.aenergy.by_minute).toEqual([0, 0, 0]);
  });

  it('answers calls where they ask to be answered', () => {
    const program = create();
    const [answer, ...others] = call(program, {
      id: 7,
      src: 'gw/x',
      method: 'Switch.GetStatus',
      params: { id: 0 },
    });
    expect(others).toEqual([]);
    expect(answer?.topic).toBe('gw/x/rpc');
    const { result, ...envelope } = JSON.parse(answer?.payload ?? '');
    expect(envelope).toEqual({ id: 7, src: program.clientId, dst: 'gw/x' });
    expect(Math.abs(result.apower - fridge(NOON).p)).toBeLessThan(0.051);
    expect(Math.abs(result.voltage - fridge(NOON).v)).toBeLessThan(0.051);
    const results = (method: string, params?: Json) =>
      at(call(program, { id: 'a', src: 'gw', method, params }), 'gw/rpc')[0];
    expect(results('Shelly.GetStatus').result['switch:0']).toEqual(result);
    expect(results('Shelly.GetDeviceInfo').result).toMatchObject({
      id: program.clientId,
      gen: 2,
      app: 'PlusPlugS',
    });
    expect(results('Switch.GetStatus', { id: 3 }).error.code).toBe(-105);
    expect(results('Switch.GetStatus').error.code).toBe(-103);
    expect(results('Explode').error).toEqual({ code: 404, message: 'No handler for Explode' });
  });

  it.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['nobody to answer', '{"id":1,"method":"Shelly.GetStatus"}'],
    ['an address that is a filter', '{"id":1,"src":"#","method":"Shelly.GetStatus"}'],
    ['an address without end', `{"id":1,"src":"${'a'.repeat(300)}","method":"Shelly.GetStatus"}`],
    ['a call without number', '{"src":"gw","method":"Shelly.GetStatus"}'],
  ])('is mute at %s', (_, payload) => {
    expect(tell(create(), `${PREFIX}/rpc`, payload, NOON)).toEqual([]);
  });

  it('switches, answers with the state before, and tells the new one', () => {
    const program = create();
    program.onConnect(NOON);
    const said = call(program, { id: 1, src: 'gw', method: 'Switch.Set', params: { id: 0, on: false } });
    expect(at(said, 'gw/rpc')[0].result).toEqual({ was_on: true });
    expect(at(said, EVENTS)[0].params['switch:0']).toEqual({ id: 0, output: false, source: 'MQTT' });
    expect(at(program.onTick(NOON + 1000), EVENTS)[0].params['switch:0']).toMatchObject({ apower: 0 });
    const again = call(program, { id: 1, src: 'gw', method: 'Switch.Set', params: { id: 0, on: 'no' } });
    expect(at(again, 'gw/rpc')[0].error.code).toBe(-103);
  });

  it('keeps its total over a restart and forgets its minutes', () => {
    const program = create();
    program.onConnect(NOON);
    const energy = (when: number) =>
      at(
        call(program, { id: 1, src: 'gw', method: 'Switch.GetStatus', params: { id: 0 } }, when),
        'gw/rpc',
      )[0].result.aenergy;
    const before = energy(NOON + 260_000);
    expect(before.by_minute.every((mwh: number) => mwh > 0)).toBe(true);
    program.restart(NOON + 260_000);
    const after = energy(NOON + 261_000);
    expect(after.by_minute).toEqual([0, 0, 0]);
    expect(after.total).toBeGreaterThanOrEqual(before.total);
  });

  it('is mute where it hangs, and says that it has no power where its chip has none', () => {
    const program = create();
    program.onConnect(NOON);
    program.setFault('silent');
    const asked = call(program, { id: 1, src: 'gw', method: 'Shelly.GetStatus' });
    expect([...ticks(program, NOON, 200), ...asked]).toEqual([]);
    program.setFault('sentinel');
    const [told] = at(program.onTick(NOON + 1000), EVENTS);
    expect(told.params['switch:0'].apower).toBeNull();
  });
});
