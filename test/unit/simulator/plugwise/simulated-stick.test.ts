import { describe, expect, it } from 'vitest';
import {
  createSimulatedStick,
  type SimulatedStickOptions,
} from '../../../../src/simulator/plugwise/simulated-stick.ts';
import { createRequestCollector, frameBytes } from '../../../../src/simulator/plugwise/stick-frames.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

const MAC = '000D6F0000590000';
const CALIBRATION = { gainA: 1.0015, gainB: -3.5e-6, totalOffset: 0.01, noiseOffset: -0.036 };

function wire(
  options: Partial<SimulatedStickOptions> & Pick<SimulatedStickOptions, 'circles'>,
  startAt?: number,
) {
  const clock = createManualClock({ startAt: startAt ?? Date.UTC(2026, 4, 1, 10, 30) });
  const stick = createSimulatedStick({ clock, ...options });
  const collect = createRequestCollector();
  const heard: { text: string; isIntact: boolean; at: number }[] = [];
  let isHungUp = false;
  const port = stick.connect({
    write: (bytes) => heard.push(...collect(bytes).map((each) => ({ ...each, at: clock.monotonicMs() }))),
    hangUp: () => {
      isHungUp = true;
    },
  });
  const ask = async (text: string, ms = 200) => {
    const from = heard.length;
    const at = clock.monotonicMs();
    port.receive(frameBytes(text));
    await clock.advance(ms);
    return heard.slice(from).map((each) => ({ ...each, at: each.at - at }));
  };
  return { clock, stick, ask, heard, isHungUp: () => isHungUp };
}

const signed16 = (digits: string) => (Number.parseInt(digits, 16) << 16) >> 16;

describe('the simulated stick', () => {
  it('accepts first and answers with the same number', async () => {
    const { ask } = wire({ circles: [{ mac: MAC, measure: () => 0 }] });
    const [ack, answer] = await ask(`0012${MAC}`);
    expect(ack?.text).toMatch(/^0000[0-9A-F]{4}00C1$/);
    expect(answer?.text.slice(0, 24)).toBe(`0013${ack?.text.slice(4, 8)}${MAC}`);
    expect([ack?.at, answer?.at]).toEqual([12, 100]);
  });

  it.each([2000, 60, 5, -400])('counts the pulses that calibration turns back into %d W', async (watts) => {
    const { ask, clock } = wire({ circles: [{ mac: MAC, measure: () => watts, calibration: CALIBRATION }] });
    await clock.advance(20_000);
    const [, answer] = await ask(`0012${MAC}`);
    const pulses = signed16(answer?.text.slice(28, 32) ?? '');
    const rate = Math.abs(pulses) / 8 + CALIBRATION.noiseOffset;
    const corrected = rate ** 2 * CALIBRATION.gainB + rate * CALIBRATION.gainA + CALIBRATION.totalOffset;
    // A whole pulse in 8 s is 0.27 W.
    expect(Math.abs(((Math.sign(pulses) * corrected) / 468.9385193) * 1000 - watts)).toBeLessThan(0.3);
  });

  it('tells the mean of the last eight seconds', async () => {
    const start = Date.UTC(2026, 4, 1, 10, 30);
    const measure = (at: number) => (at < start + 4000 ? 0 : 1000);
    const { ask, clock } = wire({
      circles: [{ mac: MAC, measure, calibration: { ...CALIBRATION, gainB: 0 } }],
    });
    await clock.advance(8050);
    const [, answer] = await ask(`0012${MAC}`);
    const [second, eight] = [24, 28].map((from) => signed16(answer?.text.slice(from, from + 4) ?? ''));
    expect(second).toBeGreaterThan(467);
    expect(Math.abs((eight ?? 0) - 4 * 468)).toBeLessThan(6);
  });

  it('begins its hour anew at the full hour and writes it into the log', async () => {
    const { ask, clock, stick } = wire({ circles: [{ mac: MAC, measure: () => 3600 }] });
    await clock.advance(31 * 60_000);
    const [, answer] = await ask(`0012${MAC}`);
    const hour = Number.parseInt(answer?.text.slice(32, 40) ?? '', 16);
    expect(hour).toBeGreaterThan(1600 * 58);
    expect(hour).toBeLessThan(1800 * 62);
    const log = stick.circles.get(MAC)?.meter.log ?? [];
    expect(log).toEqual([{ endMs: Date.UTC(2026, 4, 1, 11), pulses: expect.any(Number) }]);
    const [, block] = await ask(`0048${MAC}00044000`);
    expect(block?.text.slice(24, 32)).toBe('1A050294'); // 660 minutes of May 2026
    expect(block?.text.slice(40, 48)).toBe('FFFFFFFF');
  });

  it('gives nothing through an open relay', async () => {
    const { ask, clock } = wire({ circles: [{ mac: MAC, measure: () => 1000 }] });
    const [, done] = await ask(`0017${MAC}00`);
    expect(done?.text).toMatch(new RegExp(`^0000[0-9A-F]{4}00DE${MAC}$`));
    await clock.advance(10_000);
    const [, answer] = await ask(`0012${MAC}`);
    expect(answer?.text.slice(24, 32)).toBe('00000000');
  });

  it('says after 1.6 s that a dead or unknown Circle, or an unknown request, had no answer', async () => {
    const { ask } = wire({ circles: [{ mac: MAC, measure: () => 1, isDead: true }] });
    for (const text of [`0012${MAC}`, '0012000D6F00DEADBEEF']) {
      const [ack, gone] = await ask(text, 2000);
      expect(gone?.text).toBe(`0000${ack?.text.slice(4, 8)}00E1`);
      expect(gone?.at).toBe(1582);
    }
  });

  it('finds damaged requests, and does as its faults say', async () => {
    const { ask, stick, heard } = wire({ circles: [{ mac: MAC, measure: () => 1 }] });
    const damaged = frameBytes(`0012${MAC}`, true);
    expect(createRequestCollector()(damaged)).toEqual([{ text: `0012${MAC}`, isIntact: false }]);
    stick.setFaults([{ fault: 'not-allowed', count: 1 }]);
    expect((await ask(`0012${MAC}`))[0]?.text).toMatch(/00C3$/);
    stick.setFaults([{ fault: 'crc' }]);
    expect((await ask(`0012${MAC}`)).map(({ isIntact }) => isIntact)).toEqual([true, false]);
    stick.setFaults([{ fault: 'late', value: 500 }]);
    expect((await ask(`0012${MAC}`, 3000)).map(({ at }) => at)).toEqual([12, 1582, 2082]);
    stick.setFaults([{ fault: 'twice' }]);
    expect(await ask(`0012${MAC}`)).toHaveLength(3);
    expect(heard.length).toBeGreaterThan(0);
  });

  it('hangs up when it is pulled out, and hears nothing', async () => {
    const { ask, stick, isHungUp } = wire({ circles: [{ mac: MAC, measure: () => 1 }] });
    stick.unplug();
    expect(isHungUp()).toBe(true);
    expect(await ask('000A')).toEqual([]);
    stick.plugIn();
    expect(await ask('000A')).toHaveLength(2);
  });

  it('refuses a MAC that is none', () => {
    const clock = createManualClock();
    expect(() => createSimulatedStick({ clock, circles: [{ mac: 'kettle', measure: () => 1 }] })).toThrow(
      /"kettle" is no MAC/,
    );
  });
});
