import { describe, expect, it } from 'vitest';
import { findUnits, type UnitSearch, type UnitsFound } from '../../../src/commands/scan/find-units.ts';
import { createModbusBus } from '../../../src/protocols/modbus/bus.ts';
import type { Framing } from '../../../src/protocols/modbus/framing.ts';
import { networkTiming, serialTiming } from '../../../src/protocols/modbus/line-timing.ts';
import { mbapFraming } from '../../../src/protocols/modbus/mbap.ts';
import { rtuFraming } from '../../../src/protocols/modbus/rtu.ts';
import { createFakeLine, type Peer } from '../../support/fake-stream.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const READ = Uint8Array.of(4, 4, 0, 1, 0, 2);

/** Searches units 1 to 12 on a line that exists in memory only. */
async function search(
  peer: Peer,
  given: Partial<UnitSearch> = {},
  framing: Framing = rtuFraming,
): Promise<UnitsFound & { readonly told: readonly number[]; readonly asked: number }> {
  const clock = createManualClock();
  const line = createFakeLine(clock, peer);
  const timing =
    framing === rtuFraming
      ? serialTiming({ baud: 9600, dataBits: 8, parity: 'none', stopBits: 1 }, 20)
      : networkTiming(60);
  const link = { opener: line.opener, framing, timing };
  const bus = createModbusBus({ ...link, clock });
  const end = new AbortController();
  const running = bus.run(end.signal);
  const told: number[] = [];
  const found = (async () => {
    await bus.whenOpen(end.signal);
    return findUnits(
      { bus, link, clock, signal: end.signal },
      {
        units: Array.from({ length: 12 }, (_, index) => index + 1),
        latencyMs: 100,
        tables: ['input', 'holding'],
        onProgress: () => {},
        onFound: (unitId) => told.push(unitId),
        ...given,
      },
    );
  })();
  const result = await clock.advanceUntil(found, 300_000);
  end.abort();
  await clock.advanceUntil(running);
  return { ...result, told, asked: line.written.length };
}

/** A line with meters that answer reads of input registers after so many milliseconds. */
function meters(latencies: Readonly<Record<number, number>>): Peer {
  return (request) => {
    const unitId = request[0] ?? 0;
    const afterMs = latencies[unitId];
    if (afterMs === undefined) return [];
    const pdu = request[1] === 4 ? READ : Uint8Array.of(0x83, 2);
    return [{ afterMs, bytes: rtuFraming.encode(unitId, pdu, 0) }];
  };
}

describe('the search for units', () => {
  it('finds what answers, in the order of the numbers, and tells of each once', async () => {
    const found = await search(meters({ 3: 30, 9: 60 }));
    expect(found).toMatchObject({ units: [3, 9], told: [3, 9], echoes: 0, answersToAll: false });
    // Twelve units, and a second question to the ten that were silent at the first.
    expect(found.asked).toBe(22);
  });

  it('takes a refusal for a sign of life', async () => {
    const { units } = await search((request) => {
      const [unitId = 0, functionCode = 0] = request;
      if (unitId !== 5) return [];
      return [{ afterMs: 30, bytes: rtuFraming.encode(5, Uint8Array.of(functionCode | 0x80, 2), 0) }];
    });
    expect(units).toEqual([5]);
  });

  it('finds a unit that answers to holding registers only', async () => {
    const { units } = await search((request) =>
      request[0] === 7 && request[1] === 3
        ? [{ afterMs: 30, bytes: rtuFraming.encode(7, Uint8Array.of(3, 4, 0, 1, 0, 2), 0) }]
        : [],
    );
    expect(units).toEqual([7]);
  });

  it.each([260, 400, 700])(
    'finds a unit that answers %d ms late, and takes it for no other',
    async (late) => {
      const { units } = await search(meters({ 4: late, 10: 30 }));
      expect(units).toEqual([4, 10]);
    },
  );

  it('finds a unit whose first answers are damaged', async () => {
    let answers = 0;
    const healthy = meters({ 6: 30 });
    const { units } = await search((request) =>
      healthy(request).map((delivery) => {
        if (++answers > 2) return delivery;
        return { ...delivery, bytes: delivery.bytes.map((byte, index) => (index === 4 ? byte ^ 8 : byte)) };
      }),
    );
    expect(units).toEqual([6]);
  });

  it('takes no echo for a unit, and counts them', async () => {
    const found = await search((request) => [{ afterMs: 10, bytes: request }]);
    expect(found.units).toEqual([]);
    expect(found.echoes).toBe(24);
  });

  it('finds a unit behind an adapter that echoes', async () => {
    const healthy = meters({ 2: 40 });
    const { units } = await search((request) => [{ afterMs: 10, bytes: request }, ...healthy(request)]);
    expect(units).toEqual([2]);
  });

  it('takes "no such unit" of a gateway for absence', async () => {
    const { units } = await search(
      (request) => {
        const code = request[6] === 8 ? undefined : Uint8Array.of((request[7] ?? 0) | 0x80, 11);
        return [
          { afterMs: 50, bytes: mbapFraming.encode(request[6] ?? 0, code ?? READ, transactionOf(request)) },
        ];
      },
      {},
      mbapFraming,
    );
    expect(units).toEqual([8]);
  });

  it('lists a device once that answers to every number', async () => {
    const found = await search(
      (request) => [{ afterMs: 5, bytes: mbapFraming.encode(request[6] ?? 0, READ, transactionOf(request)) }],
      {},
      mbapFraming,
    );
    expect(found).toMatchObject({ units: [1], answersToAll: true });
    expect(found.asked).toBe(3);
  });

  it('finds a slow unit behind a gateway that works on one request after the other', async () => {
    let freeAt = 0;
    let now = 0;
    const { units } = await search(
      (request) => {
        // Each absent unit costs the gateway 400 ms, whatever the client has stopped waiting for.
        now += 361;
        freeAt = Math.max(freeAt, now) + 400;
        const isThere = request[6] === 5;
        const pdu = isThere ? READ : Uint8Array.of((request[7] ?? 0) | 0x80, 11);
        const bytes = mbapFraming.encode(request[6] ?? 0, pdu, transactionOf(request));
        return [{ afterMs: freeAt - now, bytes }];
      },
      { latencyMs: 300 },
      mbapFraming,
    );
    expect(units).toContain(5);
    expect(units).toHaveLength(1);
  });
});

function transactionOf(request: Uint8Array): number {
  return ((request[0] ?? 0) << 8) | (request[1] ?? 0);
}
