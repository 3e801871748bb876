import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEcoManagerLine } from '../../../../src/protocols/ecomanager/message.ts';
import { createChance, mutateBytes } from '../../../support/mutate-bytes.ts';

const PLUG =
  '{"type": "trx", "id": 895299, "t": 1000, "sensors": {"1": 100}, "state": 1, "reply_to_poll": 1}';
const CLAMP = '{"type": "tx", "id": 897, "t": 4294967295, "sensors": {"1": 100, "3": 500}}';

describe('a line of the receiver', () => {
  it('of a plug gives its id, time, watts and relay', () => {
    expect(parseEcoManagerLine(PLUG)).toEqual({
      kind: 'watts',
      type: 'trx',
      radio: 895_299,
      sentAtMs: 1000,
      watts: new Map([[1, 100]]),
      relay: 'on',
    });
    expect(parseEcoManagerLine(PLUG.replace('"state": 1', '"state": 0'))).toMatchObject({ relay: 'off' });
  });

  it('of a transmitter gives the clamps that are plugged in', () => {
    expect(parseEcoManagerLine(CLAMP)).toMatchObject({
      type: 'tx',
      radio: 897,
      watts: new Map([
        [1, 100],
        [3, 500],
      ]),
      relay: undefined,
    });
  });

  it('with 65535 for a clamp has nothing for it', () => {
    const line = parseEcoManagerLine(CLAMP.replace('"1": 100', '"1": 65535'));
    expect(line).toMatchObject({ watts: new Map([[3, 500]]) });
  });

  it('without clamps has no watts', () => {
    expect(parseEcoManagerLine('{"type":"tx","id":1,"t":5,"sensors":{}}')).toMatchObject({
      watts: new Map(),
    });
  });

  it.each(['{PR: 895299}', '{pw: 895299 }', '{"pr": 12}'])('such as %s is about pairing', (line) => {
    expect(parseEcoManagerLine(line)).toEqual({ kind: 'pairing' });
  });

  it.each(['ACK auto_pair on', "NAK unrecognised command 'x'", '(info) Missing TRX 5. Giving up.'])(
    'such as %s is of its console',
    (line) => {
      expect(parseEcoManagerLine(line)).toEqual({ kind: 'console' });
    },
  );

  it.each([
    '',
    '{}',
    '[]',
    'null',
    PLUG.slice(1),
    PLUG.slice(0, -1),
    PLUG.replace('"1": 100', '"1": "100"'),
    PLUG.replace('"1": 100', '"1": -100'),
    PLUG.replace('"1": 100', '"1": 1.5'),
    PLUG.replace('"1": 100', '"1": 65536'),
    PLUG.replace('"1": 100', '"1": 1e400'),
    PLUG.replace('"1": 100', '"1": null'),
    PLUG.replace('895299', '4294967296'),
    PLUG.replace('1000', 'true'),
    PLUG.replace('"state": 1', '"state": 2'),
    PLUG.replace('"trx"', '"tx"'),
    PLUG.replace('"trx"', '"rx"'),
    PLUG.replace('{"1": 100}', '[100]'),
    '{"__proto__": {"type": "tx", "id": 1, "t": 1, "sensors": {"1": 1}}}',
    `{"type": "tx", "id": 1, "t": 1, "sensors": {"1": 1}, "x": "${'x'.repeat(600)}"}`,
  ])('such as %j is refused', (line) => {
    expect(parseEcoManagerLine(line)).toBeUndefined();
  });

  it('never throws, whatever JSON it is', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseEcoManagerLine(text)?.kind).not.toBe('watts');
      }),
      { numRuns: 1000 },
    );
  });
});

describe('100,000 damaged lines', () => {
  it('never throw, and say nothing that the line does not', () => {
    const chance = createChance(7);
    const lines = [Buffer.from(PLUG), Buffer.from(CLAMP)];
    let found = 0;
    for (let run = 0; run < 100_000; run++) {
      const text = Buffer.from(mutateBytes(lines[run % 2] ?? Buffer.alloc(0), chance)).toString('latin1');
      const line = parseEcoManagerLine(text);
      if (line?.kind !== 'watts') continue;
      found++;
      const said = JSON.parse(text.trim());
      expect(line.radio).toBe(said.id);
      for (const [sensor, value] of line.watts) {
        expect(said.sensors[sensor]).toBe(value);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThan(0xffff);
      }
    }
    expect(found).toBeGreaterThan(1000);
  }, 120_000);
});
