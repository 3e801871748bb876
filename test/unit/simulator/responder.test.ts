import { describe, expect, it } from 'vitest';
import { textMatching } from '../../../src/simulator/matching-text.ts';
import type { MeterModel } from '../../../src/simulator/meter-model.ts';
import { createResponder } from '../../../src/simulator/responder.ts';

const meter: MeterModel = {
  read: (table, address, count) =>
    address === 99
      ? 2
      : Array.from({ length: count }, (_, n) => address + n + (table === 'input' ? 0x1000 : 0)),
  serverId: 'Veris H8036',
  identification: ['Vendor', 'Product', '1.0'],
};
const silentOnText: MeterModel = { read: () => [1] };
const respond = createResponder(
  new Map([
    [1, meter],
    [2, silentOnText],
  ]),
);
const answer = async (hex: string) => {
  const body = await respond(Uint8Array.from(Buffer.from(hex, 'hex')));
  return body === undefined ? undefined : Buffer.from(body).toString('hex');
};

describe('answers of modbus-serial for a simulated meter', () => {
  it('hold the words that were asked for', async () => {
    expect(await answer('010300050003')).toBe('010306000500060007');
    expect(await answer('010400050001')).toBe('0104021005');
  });

  it('hold the exception with which the meter refuses', async () => {
    expect(await answer('010300630002')).toBe('018302');
    expect(await answer('010400630001')).toBe('018402');
    expect(await answer('010400630002')).toBe('018402');
  });

  it('refuse counts beyond the protocol with exception 3 and none with exception 2', async () => {
    expect(await answer('01030000007e')).toBe('018303');
    expect(await answer('01030000ffff')).toBe('018303');
    expect(await answer('010300000000')).toBe('018302');
  });

  it('refuse writes, coils and unknown functions with exception 1', async () => {
    expect(await answer('010600010001')).toBe('018601');
    expect(await answer('010100000008')).toBe('018101');
    expect(await answer('0164')).toBe('01e401');
  });

  it('tell the model by functions 17 and 43, where it knows them', async () => {
    expect(await answer('0111')).toBe(`01110d01ff${Buffer.from('Veris H8036').toString('hex')}`);
    expect(await answer('0211')).toBe('029101');
    expect(Buffer.from((await answer('012b0e0100')) ?? '', 'hex').toString('latin1')).toContain('Product');
    expect(await answer('022b0e0100')).toBe('02ab01');
    expect(await answer('012b0d0100')).toBe('01ab01');
  });

  it('do not come from units that are not there, nor to requests of a wrong length', async () => {
    expect(await answer('030300050003')).toBeUndefined();
    expect(await answer('000300050003')).toBeUndefined();
    expect(await answer('0103000500')).toBeUndefined();
    expect(await answer('012b')).toBeUndefined();
    expect(await answer('')).toBeUndefined();
  });
});

describe('a text for a pattern', () => {
  it.each([
    ['H8036', [], 'H8036'],
    ['^SDM', ['SDM630'], 'SDM630'],
    ['(iEM3[123]|PM32)5[05]', ['iEM3000 series'], 'iEM315'],
    ['^B2[134] $', ['B21 silver'], 'B21 '],
    ['UMG\\s?96RM(-E)?', [], 'UMG96RM'],
    ['PM\\d{4}', [], 'PM0000'],
  ])('%s', (pattern, names, start) => {
    const text = textMatching(pattern, names);
    expect(text).toMatch(new RegExp(pattern, 'u'));
    expect(text.startsWith(start)).toBe(true);
  });

  it('says so where none can be found', () => {
    expect(() => textMatching('(?<=a)b(?!.)', [])).toThrow('(?<=a)b(?!.)');
  });
});
