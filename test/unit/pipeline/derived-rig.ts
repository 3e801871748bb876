import type { DerivedDevice } from '../../../src/domain/derived.ts';
import type { Device } from '../../../src/domain/device.ts';
import type { GatewayEvent } from '../../../src/domain/event.ts';
import type { QuantityCode } from '../../../src/domain/quantity.ts';
import { createDerivedStage } from '../../../src/pipeline/derived.ts';

export function deviceOf(id: string, intervalMs: number, codes: readonly QuantityCode[] = ['p']): Device {
  const quantities = codes.map((code) => ({ code, intervalMs }));
  return { id, name: id, intervalMs, lines: 1, rating: {}, quantities };
}

/** `of` less the others, or the sum of all where `sign` is 1. */
export function ruleOf(
  id: string,
  [reference = '', ...others]: readonly string[],
  sign: 1 | -1 = -1,
  tolerance = { percent: 1, absoluteW: 0 },
): DerivedDevice {
  const terms = [
    { deviceId: reference, sign: 1 as const },
    ...others.map((deviceId) => ({ deviceId, sign })),
  ];
  return { id, name: id, reference, terms, tolerance };
}

/** A stage with what it has told, as plain numbers. */
export function startStage(rules: readonly DerivedDevice[], devices: readonly Device[]) {
  const stage = createDerivedStage({ rules, devices });
  const told: GatewayEvent[] = [];
  const accept = (event: GatewayEvent) => {
    const events = stage.accept(event);
    told.push(...events);
    return events;
  };
  return {
    stage,
    told,
    accept,
    feed(deviceId: string, takenAt: number, p: number, q?: number) {
      const readings = [
        { code: 'p', value: p } as const,
        ...(q === undefined ? [] : [{ code: 'q', value: q } as const]),
      ];
      return accept({ type: 'sample', sample: { deviceId, takenAt, readings } });
    },
    offline: (deviceId: string, at: number, reason = 'unplugged') =>
      accept({ type: 'availability', deviceId, state: 'offline', at, reason }),
    /** [takenAt, p] of every reading. */
    powers: (id = 'rest') =>
      told.flatMap((event): [number, number | undefined][] =>
        event.type === 'sample' && event.sample.deviceId === id
          ? [[event.sample.takenAt, event.sample.readings.find(({ code }) => code === 'p')?.value]]
          : [],
      ),
    offlines: () =>
      told.flatMap((event) => (event.type === 'availability' ? [[event.deviceId, event.reason]] : [])),
  };
}

type Power = (atS: number) => number;

/** Mains each 5 s, a plug each 10 s (3 s after the mains), in the order in which they come; times in seconds. */
export function feedHouse(
  stage: Pick<ReturnType<typeof startStage>, 'feed'>,
  [fromS, toS]: readonly [number, number],
  mains: Power,
  plug: Power | undefined,
): void {
  for (let s = fromS; s <= toS; s++) {
    if (s % 5 === 0) stage.feed('mains', s * 1000, mains(s));
    if (s % 10 === 3 && plug !== undefined) stage.feed('plug', s * 1000, plug(s));
  }
}
