import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLineReader } from '../../../../src/protocols/line-reader/line-reader.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const texts = (reader: ReturnType<typeof createLineReader>, text: string) =>
  reader.take(bytes(text)).map((line) => line.text);

describe('a line reader', () => {
  it.each(['\n', '\r', '\r\n', '\n\r', '\r\r\n', '\n\n\n'])(
    'ends a line at %j and makes no empty ones',
    (end) => {
      expect(texts(createLineReader(100), `one${end}two${end}`)).toEqual(['one', 'two']);
    },
  );

  it('joins a line that comes byte by byte', () => {
    const reader = createLineReader(100);
    const found = [...'OK 8 1\r\n'].flatMap((character) => texts(reader, character));
    expect(found).toEqual(['OK 8 1']);
  });

  it('says of the first line only that its begin may be missing', () => {
    const reader = createLineReader(100);
    expect(reader.take(bytes('rest\nwhole\n')).map(({ isWhole }) => isWhole)).toEqual([false, true]);
    reader.reset();
    expect(reader.take(bytes('rest\nwhole\n')).map(({ isWhole }) => isWhole)).toEqual([false, true]);
  });

  it('forgets half a line at a new connection', () => {
    const reader = createLineReader(100);
    reader.take(bytes('OK 8'));
    reader.reset();
    expect(texts(reader, 'MSG:1\n')).toEqual(['MSG:1']);
  });

  it('drops and counts a line over the limit, and takes the one behind it', () => {
    const reader = createLineReader(8);
    expect(texts(reader, `${'x'.repeat(9)}\n12345678\n`)).toEqual(['12345678']);
    expect(reader.tooLong).toBe(1);
  });

  it('drops both halves of a line that was broken off by a pause', () => {
    const reader = createLineReader(100);
    reader.take(bytes('\nMSG:1,P1:1'));
    reader.breakOff();
    expect(texts(reader, '00,P2:5\nMSG:2\n')).toEqual(['MSG:2']);
    expect(reader.cut).toBe(1);
  });

  it('takes a line whole that begins after a pause', () => {
    const reader = createLineReader(100);
    reader.take(bytes('MSG:1\n'));
    reader.breakOff();
    expect(reader.take(bytes('MSG:2\n'))).toEqual([{ text: 'MSG:2', isWhole: true }]);
    expect(reader.cut).toBe(0);
  });

  it('gives the same lines however the bytes are cut into pieces', () => {
    const line = fc.string({ minLength: 1, maxLength: 30 }).map((text) => text.replaceAll(/[^ -~]/g, '_'));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(line, fc.constantFrom('\r', '\n', '\r\n'))),
        fc.array(fc.nat(40)),
        (lines, cuts) => {
          const all = bytes(lines.map(([text, end]) => text + end).join(''));
          const reader = createLineReader(64);
          const found: string[] = [];
          let at = 0;
          for (const size of [...cuts, all.length]) {
            found.push(...reader.take(all.subarray(at, at + size)).map(({ text }) => text));
            at += size;
          }
          found.push(...reader.take(all.subarray(at)).map(({ text }) => text));
          expect(found).toEqual(lines.map(([text]) => text));
        },
      ),
    );
  });

  it('keeps no more than its limit of an endless line', () => {
    const reader = createLineReader(64);
    const flood = new Uint8Array(65_536).fill(0x41);
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 1000; i++) expect(reader.take(flood)).toEqual([]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
    expect(reader.tooLong).toBe(1);
  });
});
