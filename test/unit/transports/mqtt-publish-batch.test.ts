import fc from 'fast-check';
import { type IPublishPacket, parser } from 'mqtt-packet';
import { expect, test } from 'vitest';
import { PublishBatch } from '../../../src/transports/mqtt-publish-batch.ts';

/** What the library's own parser reads out of the bytes. */
function parsed(bytes: Buffer, protocolVersion: 4 | 5): IPublishPacket[] {
  const packets: IPublishPacket[] = [];
  const reader = parser({ protocolVersion });
  reader.on('packet', (packet) => packets.push(packet as IPublishPacket));
  reader.on('error', (error) => expect.fail(String(error)));
  reader.parse(bytes);
  return packets;
}

const publication = fc.record({
  topic: fc.string({ minLength: 1, maxLength: 200, unit: 'grapheme' }).filter((text) => !/[+#\0]/.test(text)),
  payload: fc.oneof(
    fc.string({ maxLength: 20 }),
    fc.string({ minLength: 100, maxLength: 20_000, unit: 'grapheme' }),
  ),
  retain: fc.boolean(),
  expiryS: fc.option(fc.integer({ min: 1, max: 0xffff_ffff }), { nil: undefined }),
});

test.each([4, 5] as const)('a parser that we did not write reads the same of MQTT %i', (protocol) => {
  fc.assert(
    fc.property(fc.array(publication, { minLength: 1, maxLength: 20 }), (publications) => {
      const batch = new PublishBatch(protocol);
      for (const each of publications) batch.add(each.topic, each.payload, each.retain, each.expiryS);
      const bytes = batch.take() ?? Buffer.alloc(0);
      const read = parsed(bytes, protocol).map((packet) => ({
        topic: packet.topic,
        payload: packet.payload.toString(),
        retain: packet.retain,
        expiryS: packet.properties?.messageExpiryInterval,
        qos: packet.qos,
      }));
      const expiry = (expiryS: number | undefined) => (protocol === 5 ? expiryS : undefined);
      expect(read).toEqual(publications.map((each) => ({ ...each, expiryS: expiry(each.expiryS), qos: 0 })));
      expect(batch.byteLength).toBe(0);
      expect(batch.take()).toBeUndefined();
    }),
    { numRuns: 200 },
  );
});

test('a payload as long as lengths of two, three and four bytes', () => {
  for (const length of [0, 100, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152]) {
    const batch = new PublishBatch(5);
    batch.add('t', 'x'.repeat(length), true, undefined);
    const [packet] = parsed(batch.take() ?? Buffer.alloc(0), 5);
    expect(packet?.payload.length).toBe(length);
  }
});
