import { expect, test } from 'vitest';
import { Admission, addressKey, isLoopback } from '../../../src/broker/admission.ts';

const create = () => new Admission({ maxConnections: 4, maxPerAddress: 3, maxProbation: 2 });

test('takes guests up to the limit of one address and of all', () => {
  const admission = create();
  const from = (address: string) => admission.arrive(address).slot.over;
  expect([from('10.0.0.1'), from('10.0.0.1'), from('10.0.0.1')]).toEqual([undefined, undefined, undefined]);
  expect(from('10.0.0.1')).toBe('too-many-from-address');
  expect(from('10.0.0.2')).toBeUndefined();
  expect(from('10.0.0.3')).toBe('too-many-connections');
});

test('gives a place back when a guest leaves, once', () => {
  const admission = create();
  const { slot } = admission.arrive('10.0.0.1');
  admission.arrive('10.0.0.1');
  admission.leave(slot);
  admission.leave(slot);
  expect(admission.count).toBe(1);
  expect(admission.arrive('10.0.0.1').slot.over).toBeUndefined();
});

test('makes the oldest on probation leave for the next', () => {
  const admission = create();
  for (const host of [1, 2, 3, 4]) admission.arrive(`10.0.0.${host}`);
  const first = admission.arrive('10.0.0.5');
  const second = admission.arrive('10.0.0.6');
  expect([first.slot.standing, first.evicted, second.evicted]).toEqual(['probation', undefined, undefined]);
  expect(admission.arrive('10.0.0.7').evicted).toBe(first.slot);
  expect(first.slot.standing).toBe('gone');
});

test('lets the gateway in from probation, and does not count it', () => {
  const admission = create();
  for (const host of [1, 2, 3, 4]) admission.arrive(`10.0.0.${host}`);
  const { slot } = admission.arrive('10.0.0.5');
  admission.makeOwner(slot);
  expect(slot.standing).toBe('owner');
  expect(admission.count).toBe(4);
  for (const host of [6, 7, 8]) expect(admission.arrive(`10.0.0.${host}`).evicted).not.toBe(slot);
  admission.leave(slot);
  expect(admission.count).toBe(6);
});

test('does not bring back a connection that is gone', () => {
  const admission = create();
  const { slot } = admission.arrive('10.0.0.1');
  admission.leave(slot);
  admission.makeOwner(slot);
  expect(slot.standing).toBe('gone');
});

test.each([
  ['192.168.1.2', '192.168.1.2'],
  ['::ffff:192.168.1.2', '192.168.1.2'],
  ['::1', '::1'],
  ['2001:db8:1:2:aaaa::1', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:2:ffff:1:1:1', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['', ''],
])('counts %s as %s', (address, key) => {
  expect(addressKey(address)).toBe(key);
});

test.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['localhost', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['127.0.0.1.example.org', false],
])('knows whether %s is this computer only', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
