import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { payloadNumber, payloadPairs } from '../../../../src/protocols/xbee/payload-text.ts';
import { decodeReceived } from '../../../../src/protocols/xbee/received.ts';

const decode = (hex: string) => decodeReceived(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const SENDER = '0013A20040522BAA 7D84';

describe('samples of inputs', () => {
  it('of a ZigBee module give lines and counts; its full scale is 1200 mV', () => {
    expect(decode(`92 ${SENDER} 01 01 001C 02 0014 0225`)).toEqual({
      kind: 'samples',
      address64: '0013a20040522baa',
      address16: '7d84',
      fullScaleMv: 1200,
      sets: [
        {
          analog: new Map([[1, 549]]),
          digital: new Map([
            [2, 1],
            [3, 0],
            [4, 1],
          ]),
        },
      ],
    });
  });

  it('have the supply voltage last, and it may be above full scale', () => {
    const received = decode(`92 ${SENDER} 01 01 0000 8C 0001 03FF 0AFD`);
    expect(received).toMatchObject({
      sets: [
        {
          analog: new Map<number | string, number>([
            [2, 1],
            [3, 1023],
            ['supply', 0x0afd],
          ]),
        },
      ],
    });
  });

  it('come in explicit frames as well', () => {
    const received = decode(`91 ${SENDER} E8 E8 0092 C105 01 01 0000 01 0225`);
    expect(received).toMatchObject({ kind: 'samples', sets: [{ analog: new Map([[0, 549]]) }] });
  });

  it('of an 802.15.4 module have no full scale of their own, and may be several sets', () => {
    expect(decode('82 0013A20040522BAA 28 00 02 0601 0001 0100 0200 0000 0101 0201')).toEqual({
      kind: 'samples',
      address64: '0013a20040522baa',
      address16: undefined,
      fullScaleMv: undefined,
      sets: [
        {
          analog: new Map([
            [0, 0x100],
            [1, 0x200],
          ]),
          digital: new Map([[0, 1]]),
        },
        {
          analog: new Map([
            [0, 0x101],
            [1, 0x201],
          ]),
          digital: new Map([[0, 0]]),
        },
      ],
    });
    expect(decode('83 1234 28 00 01 0200 0010')).toMatchObject({
      address16: '1234',
      sets: [{ analog: new Map([[0, 16]]) }],
    });
  });

  it.each([
    ['one byte short', `92 ${SENDER} 01 01 0000 02 02`],
    ['one byte long', `92 ${SENDER} 01 01 0000 02 0225 00`],
    ['two sets', `92 ${SENDER} 01 02 0000 02 0225`],
    ['no set', `92 ${SENDER} 01 00 0000 02 0225`],
    ['no input', `92 ${SENDER} 01 01 0000 00`],
    ['bit 6 of the mask', `92 ${SENDER} 01 01 0000 40 0225`],
    ['more than 1023 counts', `92 ${SENDER} 01 01 0000 02 0400`],
    ['half an address', '92 0013A20040'],
    ['one value for two sets', '83 1234 28 00 02 0200 0010'],
    ['bit 15 of the mask', '83 1234 28 00 01 8200 0010'],
    ['nothing', ''],
    ['a type alone', '92'],
    ['an explicit type alone', '91'],
    ['an old type alone', '82'],
    ['another old type alone', '83 12'],
  ])('with %s are refused', (_, hex) => {
    expect(decode(hex)).toBeUndefined();
  });
});

describe('a received packet', () => {
  it('gives its sender and payload', () => {
    expect(decode(`90 ${SENDER} 01 527844617461`)).toEqual({
      kind: 'payload',
      address64: '0013a20040522baa',
      address16: '7d84',
      payload: Uint8Array.from(Buffer.from('RxData')),
    });
  });

  it('may come from a module without an address', () => {
    expect(decode('90 FFFFFFFFFFFFFFFF FFFE 01 31')).toMatchObject({
      address64: undefined,
      address16: undefined,
    });
  });

  it('of another kind is told apart', () => {
    expect(decode('8A 06')).toEqual({ kind: 'other', frameType: 0x8a });
  });

  it('is decoded without throwing, whatever the bytes are', () => {
    const type = fc.constantFrom(0x90, 0x91, 0x92, 0x82, 0x83);
    fc.assert(
      fc.property(type, fc.uint8Array({ maxLength: 60 }), (first, rest) => {
        const received = decodeReceived(Uint8Array.of(first, ...rest));
        if (received?.kind !== 'samples') return;
        for (const { analog } of received.sets)
          for (const [channel, counts] of analog) if (channel !== 'supply') expect(counts).toBeLessThan(1024);
      }),
      { numRuns: 20_000 },
    );
  });
});

describe('text in a payload', () => {
  it.each([
    ['234.5\r', 234.5],
    [' -12\n', -12],
    ['.5', 0.5],
    ['-0', 0],
  ])('%j is one number', (text, value) => expect(payloadNumber(Buffer.from(text))).toBe(value));

  it.each(['', ' ', 'RxData', '12abc', '0x10', '1e5', 'nan', '1 2', '1,5', '\x0012', '1'.repeat(20)])(
    '%j is none',
    (text) => expect(payloadNumber(Buffer.from(text))).toBeUndefined(),
  );

  it.each(['P:123.4,V=230\n', 'p:123.4;v:230', 'P:123.4 V:230', 'P=123.4, V=230,X:nan'])(
    '%j has pairs',
    (text) => {
      expect([...(payloadPairs(Buffer.from(text)) ?? [])]).toEqual([
        ['p', 123.4],
        ['v', 230],
      ]);
    },
  );

  it.each(['', 'P', 'P:', 'P:1,P:2', 'P:1,p:2', 'P:1 x', ':5', 'P:1:2', 'P:abc'])('%j has none', (text) => {
    const pairs = payloadPairs(Buffer.from(text));
    expect(pairs === undefined || pairs.size === 0).toBe(true);
  });
});
