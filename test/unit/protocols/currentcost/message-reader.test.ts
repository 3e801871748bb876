import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMessageReader } from '../../../../src/protocols/currentcost/message-reader.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');

describe('messages are found', () => {
  it.each(['', '\r\n', '\n\n', ' \r'])('with %j between them', (between) => {
    const reader = createMessageReader();
    expect(reader.take(bytes(`<msg>1</msg>${between}<msg>2</msg>${between}`))).toEqual([
      '<msg>1</msg>',
      '<msg>2</msg>',
    ]);
  });

  it('over many lines, byte by byte, behind the rest of another', () => {
    const reader = createMessageReader();
    const found = [...'atts></ch1></msg>\r\n<msg>\r\n1\r\n</msg>'].flatMap((each) =>
      reader.take(bytes(each)),
    );
    expect(found).toEqual(['<msg>\r\n1\r\n</msg>']);
    expect(reader.cut).toBe(0);
  });

  it('and one in which another begins is dropped and counted', () => {
    const reader = createMessageReader();
    expect(reader.take(bytes('<msg>1<msg>2</msg>'))).toEqual(['<msg>2</msg>']);
    expect(reader.cut).toBe(1);
    reader.take(bytes('<msg>3'));
    expect(reader.take(bytes('<msg>4</msg>'))).toEqual(['<msg>4</msg>']);
    expect(reader.cut).toBe(2);
  });

  it('and none is completed by what comes after a new connection', () => {
    const reader = createMessageReader();
    reader.take(bytes('<msg><ch1>'));
    reader.reset();
    expect(reader.take(bytes('</ch1></msg>'))).toEqual([]);
  });

  it('however the bytes are cut into pieces', () => {
    const body = fc.string({ maxLength: 20 }).map((text) => text.replaceAll(/[^a-z0-9]/g, ''));
    fc.assert(
      fc.property(fc.array(body), fc.array(fc.integer({ min: 1, max: 30 })), (bodies, sizes) => {
        const messages = bodies.map((text) => `<msg>${text}</msg>`);
        const all = bytes(`${messages.join('\r\n')}\r\n`);
        const reader = createMessageReader();
        const found: string[] = [];
        let at = 0;
        for (const size of [...sizes, all.length]) {
          found.push(...reader.take(all.subarray(at, at + size)));
          at += size;
        }
        expect(found).toEqual(messages);
      }),
    );
  });
});

describe('floods leave no more than one message in memory', () => {
  it.each([
    ['of zeros', new Uint8Array(32_768)],
    ['of begins', bytes('<msg>'.repeat(6000))],
    ['of ends', bytes('</msg>'.repeat(5000))],
    ['of "<"', bytes('<'.repeat(32_768))],
  ])('%s', (_, flood) => {
    const reader = createMessageReader();
    const startedAt = performance.now();
    reader.take(bytes('<msg>'));
    for (let i = 0; i < 200; i++) reader.take(flood);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    reader.take(bytes('<msg></msg>'));
    expect(reader.take(bytes('<msg>1</msg>'))).toEqual(['<msg>1</msg>']);
  });

  it('of one message without end, byte by byte', () => {
    const reader = createMessageReader();
    reader.take(bytes('<msg>'));
    for (let i = 0; i < 40_000; i++) reader.take(bytes('x'));
    expect(reader.tooLong).toBe(1);
    expect(reader.take(bytes('</msg><msg>1</msg>'))).toEqual(['<msg>1</msg>']);
  });
});
