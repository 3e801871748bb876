import { describe, expect, it, onTestFinished } from 'vitest';
import { decodePower, pingRequest, powerRequest } from '../../../../src/protocols/plugwise/messages.ts';
import { createStick, type StickState } from '../../../../src/protocols/plugwise/stick.ts';
import { createSimulatedStick } from '../../../../src/simulator/plugwise/simulated-stick.ts';
import type { StickFaultRule } from '../../../../src/simulator/plugwise/stick-faults.ts';
import { createManualClock } from '../../../support/manual-clock.ts';
import { macOf, openerOn } from '../../sources/plugwise/simulated-network.ts';

const PLUS = macOf(0);
const OTHER = macOf(1);

async function open(faults: readonly StickFaultRule[] = [], firmware: 'v1' | '2011' = '2011') {
  const clock = createManualClock({ startAt: Date.UTC(2026, 4, 1, 10, 20) });
  const load = { plus: 100, other: 500 };
  const simulated = createSimulatedStick({
    clock,
    circles: [
      { mac: PLUS, measure: () => load.plus, firmware },
      { mac: OTHER, measure: () => load.other, firmware },
    ],
  });
  const states: StickState[] = [];
  const stick = createStick({ opener: openerOn(simulated), clock, onState: (state) => states.push(state) });
  const end = new AbortController();
  const run = stick.run(end.signal);
  onTestFinished(async () => {
    end.abort();
    await clock.advanceUntil(run);
  });
  await clock.advanceUntil(stick.whenReady(end.signal));
  simulated.setFaults(faults);
  const power = async (mac: string, onLate?: (mac: string) => void) => {
    const { response } = await stick.request(powerRequest(mac), ({ response }) =>
      onLate?.(response.mac ?? ''),
    );
    return { mac: response.mac, sequence: response.sequence, counts: decodePower(response.fields) };
  };
  const ask = (mac: string, onLate?: (mac: string) => void) => clock.advanceUntil(power(mac, onLate));
  const failure = (mac: string, onLate?: (mac: string) => void) =>
    clock.advanceUntil(
      power(mac, onLate).then(
        () => 'answered',
        (error: Error) => error.message,
      ),
    );
  return { clock, load, simulated, stick, states, ask, failure };
}

describe('the stick', () => {
  it('answers by sequence number, one request at a time', async () => {
    const { stick, clock, simulated } = await open();
    const both = [PLUS, OTHER].map((mac) => stick.request(powerRequest(mac)));
    const [first, second] = await clock.advanceUntil(Promise.all(both));
    expect([first?.response.mac, second?.response.mac]).toEqual([PLUS, OTHER]);
    expect(first?.response.sequence).not.toBe(second?.response.sequence);
    const [one, two] = simulated.requests.slice(-2).map(({ at }) => at);
    expect((two ?? 0) - (one ?? 0)).toBeGreaterThanOrEqual(100);
  });

  it('gives a dead Circle up when the stick does, and goes on at once', async () => {
    const { failure, ask, clock } = await open([{ fault: 'dead', macs: [PLUS] }]);
    const before = clock.now();
    expect(await failure(PLUS)).toBe(`${PLUS} does not answer (power)`);
    expect(clock.now() - before).toBeLessThan(1700);
    expect((await ask(OTHER)).mac).toBe(OTHER);
  });

  it('uses an answer that comes after the stick has given up, for its own request only', async () => {
    const { failure, ask, clock, stick } = await open([
      { fault: 'late', value: 700, macs: [PLUS], count: 1 },
    ]);
    const late: string[] = [];
    expect(await failure(PLUS, (mac) => late.push(mac))).toMatch(/does not answer/);
    const other = await ask(OTHER, () => late.push('wrong'));
    expect(other.mac).toBe(OTHER);
    await clock.advance(1000);
    expect(late).toEqual([PLUS]);
    expect(stick.counters).toMatchObject({ lateAnswers: 1, foreign: 0 });
  });

  it('drops an answer that comes more than two seconds after that', async () => {
    const { failure, clock, stick } = await open([{ fault: 'late', value: 2200, count: 1 }]);
    const late: string[] = [];
    await failure(PLUS, (mac) => late.push(mac));
    await clock.advance(3000);
    expect(late).toEqual([]);
    expect(stick.counters).toMatchObject({ lateAnswers: 0, repeated: 1 });
  });

  it.each(['twice', 'ack-twice', 'noise', 'debug-line', 'pieces', 'stale'] as const)(
    'gets each answer once and right with the fault "%s"',
    async (fault) => {
      const { ask, stick } = await open([{ fault }]);
      const seen = new Set<string | undefined>();
      for (let n = 0; n < 20; n++) {
        const mac = n % 2 === 0 ? PLUS : OTHER;
        const { counts, mac: from, sequence } = await ask(mac);
        expect(from).toBe(mac);
        expect(counts?.lastEightSeconds).toBeCloseTo(n % 2 === 0 ? 375 : 1876, -2);
        seen.add(sequence);
      }
      expect(seen.size).toBe(20);
      expect(stick.counters.answers).toBe(21); // the first is the stick's own
      if (['twice', 'ack-twice', 'stale'].includes(fault))
        expect(stick.counters.repeated).toBeGreaterThan(15);
    },
  );

  it.each(['crc', 'other-mac', 'other-sequence'] as const)(
    'never takes an answer with the fault "%s"',
    async (fault) => {
      const { failure, ask, simulated } = await open([{ fault, macs: [PLUS] }]);
      expect(await failure(PLUS)).toMatch(/does not answer/);
      simulated.setFaults([]);
      expect((await ask(PLUS)).mac).toBe(PLUS);
    },
  );

  it.each(['invalid', 'not-allowed'] as const)(
    'asks again after "%s", and gives up after three times',
    async (fault) => {
      const { ask, failure, simulated, stick } = await open([{ fault, count: 2 }]);
      expect((await ask(PLUS)).mac).toBe(PLUS);
      expect(stick.counters.refusedByStick).toBe(2);
      simulated.setFaults([{ fault }]);
      expect(await failure(PLUS)).toMatch(/the stick refuses power of/);
    },
  );

  it('initialises anew when a request was not acknowledged, so that nothing is mixed up', async () => {
    const { ask, failure, clock, simulated, stick } = await open([
      { fault: 'no-ack', ids: ['0012'], count: 1 },
    ]);
    expect(await failure(PLUS)).toMatch(/takes no notice of power/);
    expect(stick.isReady).toBe(false);
    expect(await failure(PLUS)).toMatch(/is not ready/);
    await clock.advance(1000);
    expect(stick.isReady).toBe(true);
    expect(simulated.requests.at(-1)?.id).toBe('000A');
    expect((await ask(OTHER)).mac).toBe(OTHER);
  });

  it('is opened anew when nothing is heard for 30 s', async () => {
    const { failure, clock, simulated, stick, states } = await open();
    simulated.setFaults([{ fault: 'no-ack' }]);
    await failure(PLUS);
    await clock.advance(25_000);
    expect(stick.counters.opened).toBe(1);
    await clock.advance(8000);
    expect(stick.counters.opened).toBe(2);
    expect(states.at(-1)).toMatchObject({ kind: 'unavailable', wasOpen: true });
    simulated.setFaults([]);
    await clock.advance(5000);
    expect(stick.isReady).toBe(true);
  });

  it('comes back within two seconds of being plugged in again', async () => {
    const { stick, simulated, clock, failure, ask } = await open();
    const waiting = stick.request(pingRequest(PLUS)).catch((error: Error) => error.message);
    await clock.advance(5);
    simulated.unplug();
    expect(await clock.advanceUntil(waiting)).toMatch(/gone/);
    expect(await failure(PLUS)).toMatch(/not ready/);
    await clock.advance(60_000);
    simulated.plugIn();
    await clock.advance(2000);
    expect((await ask(PLUS)).mac).toBe(PLUS);
  });

  it('counts what nodes say by themselves, in the middle of an exchange', async () => {
    const { stick, simulated, clock, ask } = await open();
    const answer = ask(PLUS);
    simulated.announce(`0061FFFD${OTHER}`);
    simulated.announce(`004FFFFE${OTHER}01`);
    simulated.announce(`0006FFFC${OTHER}`);
    simulated.announce(`0056FFFF${OTHER}0001`);
    expect((await answer).mac).toBe(PLUS);
    expect(stick.counters).toMatchObject({ unsolicited: 4, foreign: 0 });
    expect(clock.now()).toBeGreaterThan(0);
  });

  it('reads firmware of 2008 by MAC and id, and never mixes a late answer with the next', async () => {
    const { ask, failure, simulated, stick } = await open([], 'v1');
    expect(await ask(PLUS)).toMatchObject({ mac: PLUS, sequence: undefined });
    expect((await ask(OTHER)).counts?.lastSecond).toBeGreaterThan(230);
    simulated.setFaults([{ fault: 'late', value: 300, count: 1 }]);
    const late: string[] = [];
    await failure(PLUS, (mac) => late.push(mac));
    // Asked again at once: two wait for an answer that has no number, so neither gets the first that comes.
    await failure(PLUS, (mac) => late.push(mac));
    expect(stick.counters.foreign).toBeGreaterThan(0);
    expect(late).toEqual([]);
    expect((await ask(OTHER)).mac).toBe(OTHER);
  });
});
