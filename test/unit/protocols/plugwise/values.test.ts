import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clockDifferenceMs,
  decodeClock,
  decodeDate,
  encodeClock,
  encodeDate,
  encodeRealTimeClock,
} from '../../../../src/protocols/plugwise/device-time.ts';
import {
  decodeCalibration,
  decodeEnergyLog,
  decodeIdentity,
  decodeNetwork,
  decodePower,
  decodeTablePlace,
} from '../../../../src/protocols/plugwise/messages.ts';
import { pulsesToKilowattHours, pulsesToWatts } from '../../../../src/protocols/plugwise/pulses.ts';
import { readResponse } from '../../../../src/protocols/plugwise/response.ts';

const GOLDEN = decodeCalibration('3F80308EB66CF94F00000000BD14BFEC');

describe('pulses to power and energy', () => {
  it('give the golden figures', () => {
    if (GOLDEN === undefined) throw new Error('the golden calibration was not decoded');
    expect(pulsesToWatts(10, 1, GOLDEN)).toBeCloseTo(21.278050512620784, 12);
    expect(pulsesToWatts(-102, 8, GOLDEN)).toBeCloseTo(-27.150578775440106, 6);
    expect(pulsesToKilowattHours(0x1234, 3600, GOLDEN)).toBeCloseTo(0.0026868922443345974, 10);
  });

  it('mirror production, are 0 for 0 and -1, and never turn a load into production', () => {
    const calibration = fc.record({
      gainA: fc.double({ min: 0.9, max: 1.1, noNaN: true }),
      gainB: fc.double({ min: -5e-6, max: 5e-6, noNaN: true }),
      totalOffset: fc.double({ min: -0.1, max: 0.1, noNaN: true }),
      noiseOffset: fc.double({ min: -0.1, max: 0.1, noNaN: true }),
    });
    fc.assert(
      fc.property(calibration, fc.integer({ min: 2, max: 0x7fff }), (each, pulses) => {
        const watts = pulsesToWatts(pulses, 8, each);
        expect(watts).toBeGreaterThanOrEqual(0);
        expect(pulsesToWatts(-pulses, 8, each)).toBe(watts === 0 ? -0 : -watts);
        expect(pulsesToWatts(0, 8, each)).toBe(0);
        expect(pulsesToWatts(-1, 8, each)).toBe(0);
      }),
    );
  });

  it('give nothing for a calibration that cannot be', () => {
    expect(decodeCalibration('7FC00000B66CF94F00000000BD14BFEC')).toBeUndefined();
    expect(decodeCalibration('7F800000B66CF94F00000000BD14BFEC')).toBeUndefined();
    expect(decodeCalibration('F'.repeat(32))).toBeUndefined();
    expect(decodeCalibration('0'.repeat(32))).toBeUndefined();
    expect(decodeCalibration('3F80308E')).toBeUndefined();
  });
});

describe('times of Circles', () => {
  it('come back as they were written, to the minute', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2200, 0) }), (at) => {
        expect(decodeDate(encodeDate(at))).toBe(Math.floor(at / 60_000) * 60_000);
        expect(decodeClock(encodeClock(at))).toBe(Math.floor((at % 86_400_000) / 1000) * 1000);
      }),
    );
  });

  it('add minutes beyond the end of the month', () => {
    expect(decodeDate('0A0AE13C')).toBe(Date.UTC(2010, 10, 10, 1));
    expect(decodeDate('0A0BFFF0')).toBe(Date.UTC(2010, 10) + 65_520 * 60_000);
  });

  it('are nothing where nothing was written or no clock was ever set', () => {
    expect(decodeDate('FFFFFFFF')).toBeUndefined();
    expect(decodeDate('00003681')).toBeUndefined();
    expect(decodeDate('0A0')).toBeUndefined();
    expect(decodeClock('180000')).toBeUndefined();
  });

  it('differ the short way round midnight', () => {
    const midnight = Date.UTC(2026, 4, 1);
    expect(clockDifferenceMs(1000, midnight - 2000)).toBe(3000);
    expect(clockDifferenceMs(86_399_000, midnight)).toBe(-1000);
  });

  it('stand in decimal digits in the real-time clock', () => {
    expect(encodeRealTimeClock(Date.UTC(2025, 3, 3, 22, 0, 0))).toBe('00002203030425');
  });
});

describe('answers', () => {
  it('are decoded, or are nothing, whatever arrives', () => {
    const digits = fc
      .array(fc.constantFrom(...'0123456789ABCDEF'), { maxLength: 140 })
      .map((all) => all.join(''));
    fc.assert(
      fc.property(digits, (text) => {
        for (const { fields, mac } of readResponse(text)) {
          for (const decode of [decodeIdentity, decodePower, decodeEnergyLog, decodeTablePlace])
            decode(fields);
          decodeCalibration(fields);
          decodeNetwork(mac ?? '', fields);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('of old firmware give the counts that they have', () => {
    expect(decodePower('00030015')).toEqual({
      lastSecond: 3,
      lastEightSeconds: 21,
      hourConsumed: undefined,
      hourProduced: undefined,
    });
    expect(decodePower('0003FFEB0000023D')).toMatchObject({ lastEightSeconds: -21, hourConsumed: 573 });
    expect(decodePower('000300')).toBeUndefined();
  });

  it('of a stick without Circle+ say so', () => {
    const [response] = readResponse('00110001000D6F0000598E340100');
    expect(response?.mac).toBe('000D6F0000598E34');
    expect(decodeNetwork('000D6F0000598E34', response?.fields ?? '')).toEqual({
      stickMac: '000D6F0000598E34',
      isOnline: false,
      network: undefined,
    });
  });

  it('without sequence number are told by id and length', () => {
    const mac = '000D6F00002366BB';
    expect(readResponse(`0013${mac}003000300001D62A`)).toMatchObject([{ sequence: undefined, mac }]);
    expect(readResponse(`00131234${mac}003000300001D62A`)).toMatchObject([{ sequence: '1234', mac }]);
    // 28 digits without a number are as long as 24 with one: the MAC decides.
    expect(readResponse(`0013${mac}${'0'.repeat(28)}`).map((each) => each.mac)).toContain(mac);
    expect(readResponse(`000000D8${mac}`)).toMatchObject([{ sequence: undefined, code: '00D8', mac }]);
  });
});
