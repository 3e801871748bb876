import { describe, expect, test } from 'vitest';
import { clientIdProblem, filterProblem, topicProblem } from '../../../src/broker/topic-rules.ts';

const INHERITED = ['constructor', '__proto__', 'hasOwnProperty', 'toString', 'valueOf', '__defineGetter__'];

describe('topics', () => {
  test.each([
    'a',
    '/',
    'house/mains/p',
    'house/$state',
    'ä/ö',
    Array(16).fill('a').join('/'),
    'x'.repeat(256),
  ])('allows %s', (topic) => {
    expect(topicProblem(topic)).toBeUndefined();
    expect(filterProblem(topic)).toBeUndefined();
  });

  test.each([
    ['', /empty/],
    ['x'.repeat(257), /256 bytes/],
    ['ä'.repeat(129), /256 bytes/],
    [Array(17).fill('a').join('/'), /16 levels/],
    ['a\u0000b', /control/],
    ['a\u009fb', /control/],
    ...INHERITED.flatMap((name): [string, RegExp][] => [
      [name, /reserved/],
      [`house/${name}/p`, /reserved/],
    ]),
  ])('refuses %j', (topic, reason) => {
    expect(topicProblem(topic)).toMatch(reason);
    expect(filterProblem(topic)).toMatch(reason);
  });

  test.each(['#', 'a/+', '+/b/#'])('refuses the wildcard %s as a topic, allows it as a filter', (text) => {
    expect(topicProblem(text)).toMatch(/wildcard/);
    expect(filterProblem(text)).toBeUndefined();
  });

  test.each(['a#', '#/a', 'a/#/b', 'a+', '+a/b', 'a/b+/c'])('refuses the misplaced wildcard %s', (filter) => {
    expect(filterProblem(filter)).toMatch(/wildcard/);
  });
});

describe('client ids', () => {
  const clean = { isClean: true, version: 4 };
  test.each(['x', 'mosq-ÄÖ', 'x'.repeat(128), 'a b/c'])('allows %s', (id) => {
    expect(clientIdProblem(id, clean)).toBeUndefined();
  });

  test.each([...INHERITED, 'x'.repeat(129), 'a\nb', '\u007f'])('refuses %j', (id) => {
    expect(clientIdProblem(id, clean)).toBeTypeOf('string');
    expect(clientIdProblem(id, { isClean: true, version: 5 })).toBeTypeOf('string');
  });

  test('refuses an empty one only where a 3.1.1 session is to be kept', () => {
    expect(clientIdProblem('', { isClean: false, version: 4 })).toMatch(/clean session/);
    expect(clientIdProblem('', { isClean: true, version: 4 })).toBeUndefined();
    expect(clientIdProblem('', { isClean: false, version: 5 })).toBeUndefined();
  });
});
