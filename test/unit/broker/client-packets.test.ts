import fc from 'fast-check';
import mqttPacket, { type Packet } from 'mqtt-packet';
import { describe, expect, test } from 'vitest';
import { checkClientPacket } from '../../../src/broker/client-packets.ts';
import { decodeConnect } from '../../../src/broker/connect-packet.ts';
import { PacketError } from '../../../src/broker/packet-error.ts';

/** The bytes of mqtt-packet, an independent encoder; all test packets are shorter than 128 bytes. */
function check(packet: Packet, version: 4 | 5) {
  const bytes = mqttPacket.generate(packet, { protocolVersion: version });
  return checkClientPacket(bytes[0] ?? 0, bytes.subarray(2), version);
}
const body = (...bytes: readonly (number | string)[]) =>
  Buffer.concat(bytes.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from([part]))));

const publish = { cmd: 'publish', topic: 'a/b', payload: 'x', dup: false, retain: false } as const;
const all = {
  payloadFormatIndicator: true,
  messageExpiryInterval: 5,
  topicAlias: 3,
  responseTopic: 'answer',
  correlationData: Buffer.from('12'),
  userProperties: { a: ['1', '2'] },
  contentType: 'text',
};

describe.each([4, 5] as const)('protocol version %i', (version) => {
  test('lets every packet of a client through', () => {
    expect(check({ ...publish, qos: 0 }, version)).toEqual({ type: 'publish', qos: 0, packetId: undefined });
    expect(check({ ...publish, qos: 2, messageId: 7 }, version)).toEqual({
      type: 'publish',
      qos: 2,
      packetId: 7,
    });
    expect(check({ cmd: 'pubrel', messageId: 7 }, version)).toEqual({ type: 'release', packetId: 7 });
    for (const cmd of ['puback', 'pubrec', 'pubcomp'] as const)
      expect(check({ cmd, messageId: 7 }, version)).toEqual({ type: 'other' });
    const subscriptions = [{ topic: 'a/#', qos: 1 as const, nl: false, rap: true, rh: 2 }];
    expect(check({ cmd: 'subscribe', messageId: 1, subscriptions }, version)).toEqual({ type: 'other' });
    expect(check({ cmd: 'unsubscribe', messageId: 1, unsubscriptions: ['a'] }, version)).toEqual({
      type: 'other',
    });
    expect(check({ cmd: 'pingreq' }, version)).toEqual({ type: 'other' });
    expect(check({ cmd: 'disconnect' }, version)).toEqual({ type: 'disconnect' });
  });

  test.each([
    ['a wildcard in a topic', 0x30, body(0, 1, '#', 0)],
    ['an inherited name', 0x30, body(0, 9, '__proto__', 0)],
    ['a topic cut short', 0x30, body(0, 9, 'abc')],
    ['QoS 3', 0x36, body(0, 1, 'a', 0, 1, 0)],
    ['a repeated QoS 0', 0x38, body(0, 1, 'a', 0)],
    ['packet id 0', 0x32, body(0, 1, 'a', 0, 0, 0)],
    ['U+0000 in a topic', 0x30, body(0, 1, 0, 0)],
    ['invalid UTF-8', 0x30, body(0, 2, 0xc3, 0x28, 0)],
    ['wrong flags of SUBSCRIBE', 0x80, body(0, 1, 0, 0, 1, 'a', 0)],
    ['SUBSCRIBE without a filter', 0x82, version === 5 ? body(0, 1, 0) : body(0, 1)],
    ['QoS 3 in SUBSCRIBE', 0x82, version === 5 ? body(0, 1, 0, 0, 1, 'a', 3) : body(0, 1, 0, 1, 'a', 3)],
    [
      'UNSUBSCRIBE of an inherited name',
      0xa2,
      version === 5 ? body(0, 1, 0, 0, 8, 'toString') : body(0, 1, 0, 8, 'toString'),
    ],
    ['a body of PINGREQ', 0xc0, body(0)],
    ['CONNECT again', 0x10, body(0)],
    ['a packet of a server', 0xd0, body()],
    ['AUTH', 0xf0, body(0x18, 0)],
    ['type 0', 0x00, body()],
    ['an acknowledgement of nothing', 0x40, body(0, 0)],
  ])('refuses %s', (_name, first, bytes) => {
    expect(() => checkClientPacket(first, bytes, version)).toThrow(PacketError);
  });

  test('refuses more than a hundred filters in one packet', () => {
    const one = version === 5 ? body(0, 1, 'a', 0) : body(0, 1, 'a', 0);
    const head = version === 5 ? body(0, 1, 0) : body(0, 1);
    const packet = (count: number) => Buffer.concat([head, ...Array<Buffer>(count).fill(one)]);
    expect(checkClientPacket(0x82, packet(100), version)).toEqual({ type: 'other' });
    expect(() => checkClientPacket(0x82, packet(101), version)).toThrow(/100 topic filters/);
  });

  test('throws nothing but a PacketError for any bytes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 60 }), (first, bytes) => {
        try {
          checkClientPacket(first, Buffer.from(bytes), version);
          decodeConnect(Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(PacketError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('properties of MQTT 5', () => {
  const withProperties = (...bytes: readonly (number | string)[]) => {
    const properties = body(...bytes);
    return checkClientPacket(0x30, Buffer.concat([body(0, 1, 'a', properties.length), properties]), 5);
  };

  test('lets all of a message through', () => {
    expect(check({ ...publish, qos: 1, messageId: 1, properties: all }, 5).type).toBe('publish');
  });

  test('allows an empty topic with an alias only', () => {
    expect(checkClientPacket(0x30, body(0, 0, 3, 0x23, 0, 1), 5).type).toBe('publish');
    expect(() => checkClientPacket(0x30, body(0, 0, 0), 5)).toThrow(/empty/);
  });

  test.each([
    ['the same twice', [2, 0, 0, 0, 1, 2, 0, 0, 0, 1], /stands twice/],
    ['an unknown one', [0x7f, 0], /no property 127/],
    ['one of another packet', [0x11, 0, 0, 0, 1], /does not belong/],
    ['alias 0', [0x23, 0, 0], /is 0/],
    ['a flag of 2', [1, 2], /neither 0 nor 1/],
    ['a wildcard as response topic', [8, 0, 1, '#'], /response topic/],
    ['a value cut short', [2, 0, 0], /shorter/],
  ] as const)('refuses %s', (_name, bytes, reason) => {
    expect(() => withProperties(...bytes)).toThrow(reason);
  });

  test('bounds their number and their size', () => {
    const many = Array<number>(65)
      .fill(0)
      .flatMap(() => [0x26, 0, 0, 0, 0]);
    const length = [(many.length & 0x7f) | 0x80, many.length >> 7];
    expect(() => checkClientPacket(0x30, body(0, 1, 'a', ...length, ...many), 5)).toThrow(/64 properties/);
    expect(() => checkClientPacket(0x30, body(0, 1, 'a', 0xff, 0xff, 0x03), 5)).toThrow(
      /bytes of properties/,
    );
  });
});

describe('CONNECT', () => {
  const connect = (more: object, version: 4 | 5) => {
    const packet = {
      cmd: 'connect',
      protocolVersion: version,
      clientId: 'c',
      clean: true,
      keepalive: 9,
      ...more,
    };
    return decodeConnect(mqttPacket.generate(packet as Packet, { protocolVersion: version }).subarray(2));
  };

  test.each([4, 5] as const)('reads what matters in version %i', (version) => {
    const properties = version === 5 ? { properties: { sessionExpiryInterval: 1, receiveMaximum: 2 } } : {};
    const will = { topic: 'w', payload: Buffer.from('x'), qos: 1, retain: true };
    expect(connect({ will, username: 'u', password: 'p', ...properties }, version)).toEqual({
      version,
      isClean: true,
      clientId: 'c',
      willTopic: 'w',
      username: 'u',
      password: Buffer.from('p'),
    });
    expect(connect({ clean: false }, version)).toMatchObject({ isClean: false, username: undefined });
  });

  test.each([
    ['another protocol', body(0, 4, 'HTTP', 4, 2, 0, 9, 0, 0), /not MQTT/],
    ['version 6', body(0, 4, 'MQTT', 6, 2, 0, 9, 0, 0), /not MQTT/],
    ['the reserved flag', body(0, 4, 'MQTT', 4, 3, 0, 9, 0, 0), /reserved flag/],
    ['will QoS 3', body(0, 4, 'MQTT', 4, 0x1e, 0, 9, 0, 0), /QoS 3/],
    ['will flags without a will', body(0, 4, 'MQTT', 4, 0x22, 0, 9, 0, 0), /no will/],
    ['a password without a name', body(0, 4, 'MQTT', 4, 0x42, 0, 9, 0, 0, 0, 0), /no user name/],
    ['bytes behind the end', body(0, 4, 'MQTT', 4, 2, 0, 9, 0, 0, 1), /longer/],
    ['a missing client id', body(0, 4, 'MQTT', 4, 2, 0, 9), /shorter/],
  ] as const)('refuses %s', (_name, bytes, reason) => {
    expect(() => decodeConnect(bytes)).toThrow(reason);
  });
});
