import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { Backlog } from '../../../src/broker/backlog.ts';
import { ClientIds } from '../../../src/broker/client-ids.ts';
import { FilterTrie, filterMatches } from '../../../src/broker/filter-trie.ts';
import { createTopicFanout } from '../../../src/broker/topic-fanout.ts';

const CASES = [
  ['a/b', 'a/b', true],
  ['a/b', 'a/c', false],
  ['a/b', 'a', false],
  ['a', 'a/b', false],
  ['a/+', 'a/b', true],
  ['a/+', 'a', false],
  ['a/+', 'a/', true],
  ['+', 'a', true],
  ['+', '/a', false],
  ['/+', '/a', true],
  ['+/+', '/a', true],
  ['a/#', 'a', true],
  ['a/#', 'a/b/c', true],
  ['a/#', 'ab', false],
  ['#', 'a/b', true],
  ['+/b/#', 'a/b', true],
  ['#', '$SYS/x', false],
  ['+/x', '$SYS/x', false],
  ['$SYS/#', '$SYS/x', true],
  ['$SYS/+', '$SYS/x', true],
  ['a//b', 'a//b', true],
  ['a/+/b', 'a//b', true],
] as const;

test.each(CASES)('filter %s and topic %s match: %s', (filter, topic, expected) => {
  const trie = new FilterTrie<number>();
  trie.add(filter, 1);
  expect(trie.match(topic)).toEqual(expected ? [1] : []);
  expect(filterMatches(filter, topic)).toBe(expected);
});

test('the two ways to match agree, and removing leaves nothing behind', () => {
  const level = fc.constantFrom('a', 'b', '', '+', '$x');
  const filterOf = fc.tuple(fc.array(level, { minLength: 1, maxLength: 4 }), fc.boolean());
  const topicOf = fc.array(fc.constantFrom('a', 'b', '', '$x'), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.array(filterOf, { maxLength: 8 }), topicOf, (filters, levels) => {
      const trie = new FilterTrie<number>();
      const topic = levels.join('/');
      const texts = filters.map(([parts, isOpen]) => [...parts, ...(isOpen ? ['#'] : [])].join('/'));
      for (const [index, text] of texts.entries()) trie.add(text, index);
      const expected = texts.flatMap((text, index) => (filterMatches(text, topic) ? [index] : []));
      expect(trie.match(topic).sort((a, b) => a - b)).toEqual(expected);
      for (const [index, text] of texts.entries()) trie.remove(text, index);
      expect(trie.match(topic)).toEqual([]);
    }),
  );
});

describe('the fan-out', () => {
  test('ends a publish without waiting for those who listen', async () => {
    const fanout = createTopicFanout(() => {});
    const heard: string[] = [];
    fanout.on('a/+', (message) => heard.push(message.topic));
    fanout.on('a/b', (message, done) => {
      heard.push(`also ${message.topic}`);
      done();
    });
    await new Promise<void>((resolve) => fanout.emit({ topic: 'a/b' }, () => resolve()));
    expect(heard.sort()).toEqual(['a/b', 'also a/b']);
  });

  test('reports a listener that fails, and hands the message to the others', () => {
    const onFault = vi.fn();
    const fanout = createTopicFanout(onFault);
    const heard = vi.fn();
    fanout.on('a', () => {
      throw new Error('broken');
    });
    fanout.on('a', heard);
    fanout.emit({ topic: 'a' });
    expect(onFault).toHaveBeenCalledWith(expect.objectContaining({ message: 'broken' }));
    expect(heard).toHaveBeenCalledOnce();
  });

  test('hands nothing to those who left, and nothing to anyone once closed', async () => {
    const fanout = createTopicFanout(() => {});
    const heard = vi.fn();
    fanout.on('a', heard);
    await new Promise<void>((resolve) => fanout.removeListener('a', heard, resolve));
    fanout.emit({ topic: 'a' });
    fanout.on('a', heard);
    await new Promise<void>((resolve) => fanout.close(resolve));
    const error = await new Promise((resolve) => fanout.emit({ topic: 'a' }, resolve));
    expect(error).toBeInstanceOf(Error);
    expect(heard).not.toHaveBeenCalled();
  });
});

describe('the backlog', () => {
  const limits = { maxBytes: 1000, maxMessages: 8, maxMessagesInAll: 10 };
  const taken = (backlog: Backlog, outlet: { writableLength: number }, isFromOwner = false) => {
    let count = 0;
    while (count < 50 && backlog.take(outlet, 10, isFromOwner)) count += 1;
    return count;
  };

  test('drops what is too much for one subscriber, messages of the gateway last', () => {
    const backlog = new Backlog(limits);
    const slow = { writableLength: 1 };
    expect(taken(backlog, slow)).toBe(6);
    expect(taken(backlog, slow, true)).toBe(2);
    slow.writableLength = 0;
    expect(backlog.take(slow, 10, false)).toBe(true);
    expect(backlog.waiting).toBe(1);
  });

  test('counts bytes as well', () => {
    const backlog = new Backlog(limits);
    expect(backlog.take({ writableLength: 900 }, 100, false)).toBe(true);
    expect(backlog.take({ writableLength: 900 }, 101, false)).toBe(false);
    expect(backlog.take({ writableLength: 0 }, 5000, false)).toBe(true);
  });

  test('still takes messages of the gateway behind a large one of another', () => {
    const backlog = new Backlog(limits);
    expect(backlog.take({ writableLength: 5000 }, 10, true)).toBe(true);
    expect(backlog.take({ writableLength: 8001 }, 10, true)).toBe(false);
  });

  test('bounds what waits for all, and never starves one that keeps up', () => {
    const backlog = new Backlog(limits);
    const outlets = Array.from({ length: 5 }, () => ({ writableLength: 1 }));
    for (const outlet of outlets) taken(backlog, outlet);
    expect(backlog.waiting).toBeLessThanOrEqual(10 + outlets.length);
    const healthy = { writableLength: 0 };
    for (let turn = 0; turn < 20; turn++) expect(backlog.take(healthy, 10, false)).toBe(true);
    for (const outlet of [...outlets, healthy]) backlog.forget(outlet);
    expect(backlog.waiting).toBe(0);
  });
});

describe('client ids', () => {
  const anna = { name: 'anna', role: 'write' } as const;
  const bob = { name: 'bob', role: 'write' } as const;
  const gateway = { name: 'gw', role: 'owner' } as const;

  test('belong to the user who has them, except from the gateway', () => {
    const ids = new ClientIds<object>(() => false);
    expect(ids.claim('x', {}, anna)).toBe(true);
    expect(ids.claim('x', {}, anna)).toBe(true);
    expect(ids.claim('x', {}, bob)).toBe(false);
    expect(ids.claim('x', {}, gateway)).toBe(true);
    expect(ids.claim('x', {}, anna)).toBe(false);
    expect([ids.isOwner('x'), ids.isOwner('y'), ids.isOwner(undefined)]).toEqual([true, false, false]);
  });

  test('are free again when the last connection went, not when an older one did', () => {
    const ids = new ClientIds<object>(() => false);
    const [first, second] = [{}, {}];
    ids.claim('x', first, anna);
    ids.claim('x', second, anna);
    expect(ids.release('x', first)).toBe(false);
    expect(ids.claim('x', {}, bob)).toBe(false);
    expect(ids.release('x', second)).toBe(true);
    expect(ids.claim('x', {}, bob)).toBe(true);
  });

  test('stay with a user while his session is kept', () => {
    let hasSession = true;
    const ids = new ClientIds<object>(() => hasSession);
    const holder = {};
    ids.claim('x', holder, anna);
    ids.release('x', holder);
    expect(ids.claim('x', {}, bob)).toBe(false);
    hasSession = false;
    ids.sweep();
    expect(ids.claim('x', {}, bob)).toBe(true);
  });
});
