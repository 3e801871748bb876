import { describe, expect, it } from 'vitest';
import { encodeFrame } from '../../../../src/protocols/xbee/frame.ts';
import type { XBeeValueConfig } from '../../../../src/sources/serial-lines/config.ts';
import { createXBeeSource } from '../../../../src/sources/serial-lines/xbee.ts';
import fixture from '../../../fixtures/plugs/serial.json' with { type: 'json' };
import { createRig, xbee } from './rig.ts';

const frameOf = (id: string) =>
  Buffer.from(fixture.samples.find((sample) => sample.id === id)?.hex ?? '', 'hex');
const SAMPLE = frameOf('xbee-io-sample-92');
const TWO = frameOf('xbee-io-sample-92-two');
const PACKET = frameOf('xbee-rx-90');
const FIRST = '0013a20040522baa';
const SECOND = '0013a200415b7ed6';

const value = (
  given: Partial<XBeeValueConfig> & Pick<XBeeValueConfig, 'code' | 'from'>,
): XBeeValueConfig => ({
  scale: 1,
  offset: 0,
  ...given,
});
const input = (channel: 0 | 1 | 2 | 3, per: 'mV' | 'count' = 'mV') =>
  ({ kind: 'channel', channel, per }) as const;
const rigOf = (...given: Parameters<typeof xbee>) =>
  createRig((clock, opener) => createXBeeSource(xbee(...given), clock, opener));
const payload = (text: string) =>
  encodeFrame(Buffer.concat([Buffer.from(`90${FIRST}7d8401`, 'hex'), Buffer.from(text)]), 1);

describe('published frames', () => {
  it('give millivolts and counts of their inputs, with scale and offset', async () => {
    const rig = rigOf([
      { id: 'a', address: FIRST, values: [value({ code: 'p', from: input(1), scale: 2, offset: -10 })] },
      { id: 'short', address: '7d84', values: [value({ code: 'p', from: input(1, 'count') })] },
      {
        id: 'b',
        address: SECOND,
        values: [value({ code: 'v', from: input(2), scale: 0.2 }), value({ code: 'p', from: input(3) })],
      },
    ]);
    await rig.clock.advance(10);
    await rig.say(Buffer.concat([SAMPLE, TWO, PACKET]));
    expect(rig.values('a')[0]?.p).toBeCloseTo(2 * 643.99 - 10, 1);
    expect(rig.values('short')).toEqual([{ p: 549 }]);
    expect(rig.values('b')).toEqual([{ v: 240, p: 1200 }]);
    expect(rig.source.statistics()).toMatchObject({ messages: { samples: 2, payload: 1 }, bad_checksum: 0 });
    await rig.end();
  });

  it('give nothing of an input that is not sampled, nor of text that is no number', async () => {
    const rig = rigOf([
      {
        id: 'a',
        address: FIRST,
        values: [value({ code: 'p', from: input(0) }), value({ code: 'v', from: { kind: 'number' } })],
      },
    ]);
    await rig.clock.advance(10);
    await rig.say(Buffer.concat([SAMPLE, PACKET]));
    expect(rig.samples()).toEqual([]);
    await rig.end();
  });

  it('with any one bit wrong give nothing', async () => {
    const rig = rigOf([{ id: 'a', address: FIRST, values: [value({ code: 'p', from: input(1) })] }]);
    await rig.clock.advance(10);
    for (let bit = 0; bit < SAMPLE.length * 8; bit++) {
      const damaged = Buffer.from(SAMPLE);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      // A byte of silence ends nothing in mode 1: each frame stands alone behind a long pause.
      await rig.say(damaged, 3000);
    }
    expect(rig.samples()).toEqual([]);
    await rig.end();
  });

  it('are the same in mode 2, and in the wrong mode give nothing but a hint', async () => {
    const escaped = Buffer.from(encodeFrame(SAMPLE.subarray(3, -1), 2));
    const device = { id: 'a', address: FIRST, values: [value({ code: 'p', from: input(1, 'count') })] };
    const right = rigOf([device], { apiMode: 2 });
    await right.clock.advance(10);
    await right.say(escaped);
    expect(right.values('a')).toEqual([{ p: 549 }]);
    await right.end();
    const wrong = rigOf([device]);
    await wrong.clock.advance(10);
    for (let i = 0; i < 30; i++) await wrong.say(escaped, 5000);
    expect(wrong.samples()).toEqual([]);
    expect(wrong.notices()).toEqual(['port-not-understood']);
    const notice = wrong.events.find((event) => event.type === 'notice');
    expect(notice?.type === 'notice' && notice.message).toMatch(/apiMode to 2/);
    await wrong.end();
  });
});

describe('802.15.4 modules', () => {
  const frame = encodeFrame(Buffer.from('831234280001060002000001', 'hex'), 1);
  const device = {
    id: 'a',
    address: '1234',
    values: [value({ code: 'v', from: input(0) }), value({ code: 'p', from: input(1, 'count') })],
  };

  it('give millivolts only where their reference is configured', async () => {
    const without = rigOf([device]);
    await without.clock.advance(10);
    await without.say(frame);
    expect(without.values('a')).toEqual([{ p: 1 }]);
    expect(without.source.statistics()).toMatchObject({ messages: { without_reference: 1 } });
    await without.end();
    const given = rigOf([device], { referenceMv: 3300 });
    await given.clock.advance(10);
    await given.say(frame);
    expect(given.values('a')[0]?.v).toBeCloseTo((512 * 3300) / 1023, 6);
    await given.end();
  });
});

it('of several sets in one frame only the newest is a reading', async () => {
  const frame = encodeFrame(Buffer.from('8312342800020200' + '0010' + '0020', 'hex'), 1);
  const rig = rigOf([{ id: 'a', address: '1234', values: [value({ code: 'p', from: input(0, 'count') })] }]);
  await rig.clock.advance(10);
  await rig.say(frame);
  expect(rig.values('a')).toEqual([{ p: 32 }]);
  await rig.end();
});

describe('text in packets', () => {
  it('gives the number that it is, or the pairs that it has', async () => {
    const rig = rigOf([
      {
        id: 'a',
        address: FIRST,
        values: [
          value({ code: 'p', from: { kind: 'number' }, scale: 10 }),
          value({ code: 'v', from: { kind: 'pair', key: 'volt' } }),
          value({ code: 'e_imp', from: { kind: 'pair', key: 'e' } }),
        ],
      },
    ]);
    await rig.clock.advance(10);
    for (const text of ['12.5\r', 'Volt:230.1,e:7', 'Volt:nan', 'Volt:x', 'hello'])
      await rig.say(payload(text));
    expect(rig.values('a')).toEqual([{ p: 125 }, { v: 230.1, e_imp: 7 }]);
    expect(rig.source.devices[0]?.quantities.at(-1)).toMatchObject({ code: 'e_imp', resets: 'at-boot' });
    await rig.end();
  });
});
