import { describe, expect, it } from 'vitest';
import { isNoTemperature, parseEmonLine } from '../../../../src/protocols/emon/line.ts';
import { createChance, mutateBytes } from '../../../support/mutate-bytes.ts';

const PACKET = 'OK 8 116 9 0 0 116 0 0 0 8 50 184 11 184 11 184 11 184 11 184 11 184 11 1 0 0 0 (-63)';
const PAIRS = 'MSG:1,Vrms:246.81,P1:79,P2:-1200,E1:0,T1:20.50,pulse:1';

const values = (line: string) => {
  const parsed = parseEmonLine(line);
  return parsed === undefined || parsed.kind === 'packet' ? undefined : Object.fromEntries(parsed.values);
};

describe('a radio packet', () => {
  it('gives its node, bytes and signal strength', () => {
    const parsed = parseEmonLine(PACKET);
    expect(parsed).toMatchObject({ kind: 'packet', node: 8, rssi: -63 });
    expect(parsed?.kind === 'packet' && parsed.bytes.length).toBe(26);
    expect(parsed?.kind === 'packet' && [...parsed.bytes.slice(0, 3)]).toEqual([116, 9, 0]);
  });

  it('may come without signal strength', () => {
    expect(parseEmonLine('OK 10 1 2')).toMatchObject({ node: 10, rssi: undefined });
  });

  it.each([
    'OK 8',
    'OK 8 (-63)',
    'OK 8 256 0',
    'OK 256 1',
    'OK 8 -1 0',
    'OK 8 1.5',
    'OK 8 1 x (-63)',
    'OK 8 1 (-63',
    'OK 8 1 (-63) 5',
    'OK8 1 2',
    '? 8 1 2',
    `OK 8${' 1'.repeat(129)}`,
  ])('such as %j is refused', (line) => {
    expect(parseEmonLine(line)).toBeUndefined();
  });
});

describe('names and values', () => {
  it('are taken in lower case with their signs and decimals', () => {
    expect(values(PAIRS)).toEqual({ msg: 1, vrms: 246.81, p1: 79, p2: -1200, e1: 0, t1: 20.5, pulse: 1 });
  });

  it('hold a voltage in hundredths where it has no decimals', () => {
    expect(values('ct1:84,ct2:0,vrms:10627,pulse:0')).toEqual({ ct1: 84, ct2: 0, vrms: 106.27, pulse: 0 });
    expect(values('Vrms:246.00')).toEqual({ vrms: 246 });
  });

  it.each(['nan', '-nan', 'inf', 'ovf', 'NAN'])(
    'have nothing for %s, and the others all the same',
    (word) => {
      expect(values(`P1:${word},P2:5`)).toEqual({ p2: 5 });
    },
  );

  it.each([
    'P1:',
    'P1',
    'P1:5,',
    ',P1:5',
    'P1:5:6',
    'P1:5,P1:6',
    'P1:5,p1:6',
    '1P:5',
    'P1:0x10',
    'P1:1e5',
    'P1:5 W',
  ])('such as %j are refused as a whole', (line) => {
    expect(parseEmonLine(line)).toBeUndefined();
  });

  it('named as parts of every object are plain names', () => {
    expect(parseEmonLine('constructor:5')).toMatchObject({ values: new Map([['constructor', 5]]) });
    expect(parseEmonLine('__proto__:5')).toBeUndefined();
  });
});

describe('plain numbers', () => {
  it('have a node and then their places for names', () => {
    expect(parseEmonLine('10 100 -200 230.12')).toMatchObject({
      kind: 'numbers',
      node: 10,
      values: new Map([
        ['1', 100],
        ['2', -200],
        ['3', 230.12],
      ]),
    });
  });

  it.each(['10', '10.5 1', '-1 5', '300 5', '10 x', '10 1,5'])('such as %j are refused', (line) => {
    expect(parseEmonLine(line)).toBeUndefined();
  });
});

describe('an object of JSON', () => {
  it('gives its numbers; volts are volts there', () => {
    expect(values('{"MSG":7,"V1":231.20,"Vrms":246,"P1":79,"E1":-5,"pulse1":0,"t1":21.25}')).toEqual({
      msg: 7,
      v1: 231.2,
      vrms: 246,
      p1: 79,
      e1: -5,
      pulse1: 0,
      t1: 21.25,
    });
  });

  it('has nothing for what is no number', () => {
    expect(
      values('{"P1":null,"P2":"5","P3":[1],"P4":{"a":1},"P5":true,"__proto__":5,"P6":1e999,"P7":1}'),
    ).toEqual({
      p7: 1,
    });
  });

  it.each(['{"P1":5', '{P1:5}', '{"P1":5,"p1":6}', '{"P1":nan}'])('such as %j is refused', (line) => {
    expect(parseEmonLine(line)).toBeUndefined();
  });
});

describe('a temperature', () => {
  it.each([300, 302, 304])('of %d is none', (code) => expect(isNoTemperature(code)).toBe(true));
  it.each([-55, 0, 125])('of %d is one', (value) => expect(isNoTemperature(value)).toBe(false));
});

describe('100,000 damaged lines never throw, and give only', () => {
  it('bytes that stand in a packet', () => {
    const chance = createChance(11);
    let found = 0;
    for (let run = 0; run < 100_000; run++) {
      const text = Buffer.from(mutateBytes(Buffer.from(PACKET), chance)).toString('latin1');
      const line = parseEmonLine(text);
      if (line?.kind !== 'packet') continue;
      found++;
      const words = text
        .trim()
        .replace(/ *\([^)]*\)$/, '')
        .split(/ +/)
        .slice(1)
        .map(Number);
      expect([line.node, ...line.bytes]).toEqual(words);
    }
    expect(found).toBeGreaterThan(1000);
  }, 120_000);

  it('values that stand behind their names', () => {
    const chance = createChance(13);
    let found = 0;
    for (let run = 0; run < 100_000; run++) {
      const text = Buffer.from(mutateBytes(Buffer.from(PAIRS), chance)).toString('latin1');
      const line = parseEmonLine(text);
      if (line?.kind !== 'pairs') continue;
      found++;
      const said = new Map(
        text
          .trim()
          .split(',')
          .map((pair): [string, string] => {
            const [name = '', value = ''] = pair.split(':');
            return [name.toLowerCase(), value];
          }),
      );
      for (const [name, value] of line.values) {
        const written = said.get(name) ?? '';
        const isHundredths = name === 'vrms' && !written.includes('.');
        expect(value).toBe(isHundredths ? Number(written) / 100 : Number(written) + 0);
        expect(Number.isFinite(value)).toBe(true);
      }
    }
    expect(found).toBeGreaterThan(1000);
  }, 120_000);
});
