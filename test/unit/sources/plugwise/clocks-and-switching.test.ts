import { describe, expect, it, onTestFinished } from 'vitest';
import { macOf, plug, type Running, type StartOptions, startSource } from './simulated-network.ts';

async function runOnce(options: StartOptions, ms = 90_000) {
  const running = await startSource(options);
  await running.clock.advance(ms);
  await running.stop();
  return running;
}

const asked = ({ stick }: Running, id: string) =>
  stick.requests.filter((request) => request.id === id).length;

const circles = [0, 1, 2].map((n) => ({ mac: macOf(n), measure: () => 100 }));

describe('the clocks of the Circles', () => {
  const wrong = [
    { mac: macOf(0), measure: () => 10, clockErrorMs: 3_600_000 },
    { mac: macOf(1), measure: () => 10, clockErrorMs: -20_000 },
    { mac: macOf(2), measure: () => 10, clockErrorMs: 2000 },
  ];
  const errors = (running: Running) =>
    [...running.stick.circles.values()].map(({ meter }) => Math.abs(meter.clockErrorMs) <= 1100);

  it('are set where they are wrong by more than 5 s, and the Circle+’s other clock with them', async () => {
    const running = await runOnce({ circles: wrong });
    expect([asked(running, '0016'), asked(running, '0028')]).toEqual([2, 1]);
    expect(errors(running)).toEqual([true, true, false]);
  });

  it('are set once a day all the same', async () => {
    const running = await runOnce(
      { circles: wrong, devices: [0, 1, 2].map((n) => plug(n, { intervalMs: 600_000 })) },
      1.1 * 86_400_000,
    );
    const plugs = running.source.statistics().plugs as Record<string, { clock_sets: number }>;
    // Two that were wrong at the start, then all of them after a day.
    expect(Object.values(plugs).map(({ clock_sets }) => clock_sets)).toEqual([2, 2, 1]);
  });

  it('are left alone where the user says so', async () => {
    const running = await runOnce({ circles: wrong, config: { setClocks: false } });
    expect([asked(running, '003E'), asked(running, '0016'), asked(running, '0028')]).toEqual([0, 0, 0]);
  });

  it('are not set by a gateway that does not know the time itself', async () => {
    const running = await runOnce({ circles: wrong, startAt: Date.UTC(1970, 0, 1, 0, 5) });
    expect(asked(running, '0016')).toBe(0);
  });
});

describe('switching', () => {
  const devices = [plug(0, { allowSwitching: true }), plug(1), plug(2, { allowSwitching: true })];

  it('is refused, in words, where the configuration does not allow it', async () => {
    const running = await startSource({ circles, devices });
    onTestFinished(() => running.stop());
    await running.clock.advance(20_000);
    await expect(running.source.switch?.('plug1', 'off')).rejects.toThrow(
      /plug1 may not be switched.*allowSwitching: true/,
    );
    await expect(running.source.switch?.('nobody', 'off')).rejects.toThrow('there is no device nobody here');
    expect(asked(running, '0017')).toBe(0);
    expect(running.stick.circles.get(macOf(1))?.isOn).toBe(true);
  });

  it('is confirmed by the Circle, and its power is 0 W soon after', async () => {
    const running = await startSource({ circles, devices });
    onTestFinished(() => running.stop());
    await running.clock.advance(20_000);
    await running.clock.advanceUntil(running.source.switch?.('plug0', 'off') ?? Promise.reject());
    expect(running.stick.circles.get(macOf(0))?.isOn).toBe(false);
    expect(running.values('plug0', 'relay').at(-1)).toBe(0);
    await running.clock.advance(20_000);
    expect(running.values('plug0', 'p').at(-1)).toBe(0);
    await running.clock.advanceUntil(running.source.switch?.('plug0', 'on') ?? Promise.reject());
    expect(running.values('plug0', 'relay').at(-1)).toBe(1);
  });

  it('fails in words where the Circle does not answer or the stick is away', async () => {
    const running = await startSource({ circles, devices });
    onTestFinished(() => running.stop());
    await running.clock.advance(20_000);
    running.stick.setFaults([{ fault: 'dead', macs: [macOf(2)] }]);
    const failed = running.source.switch?.('plug2', 'on').catch((error: Error) => error.message);
    expect(await running.clock.advanceUntil(failed ?? Promise.reject())).toMatch(
      /plug2 was not switched on: .* does not answer/,
    );
    running.stick.unplug();
    await running.clock.advance(1);
    await expect(running.source.switch?.('plug0', 'on')).rejects.toThrow(/its stick is not connected/);
  });
});
