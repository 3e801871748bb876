import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTopicIndex } from '../../../../src/sources/mqtt-map/topic-index.ts';

function find(filters: readonly string[], topic: string): string[] {
  const index = createTopicIndex<string>();
  for (const filter of filters) index.add(filter, filter);
  return [...index.find(topic)].sort();
}

test.each([
  ['a/b', ['a/b'], ['a/b']],
  ['a/b', ['a/+', '+/b', '#', 'a/#', 'a/b/#'], ['#', '+/b', 'a/#', 'a/+', 'a/b/#']],
  ['a', ['a/#', '+', '#', 'a/+'], ['#', '+', 'a/#']],
  ['a//b', ['a/+/b', 'a/b'], ['a/+/b']],
  ['/a', ['/a', '+/a', 'a'], ['+/a', '/a']],
  ['$SYS/x', ['#', '+/x', '$SYS/#', '$SYS/x'], ['$SYS/#', '$SYS/x']],
  ['__proto__/constructor', ['__proto__/+', 'toString/+'], ['__proto__/+']],
])('finds for %s among %j the filters %j', (topic, filters, expected) => {
  expect(find(filters, topic)).toEqual([...expected].sort());
});

/** The rule of MQTT 5 section 4.7, level by level, as plainly as it can be said. */
function matches(filter: string, topic: string): boolean {
  const wanted = filter.split('/');
  const names = topic.split('/');
  if (topic.startsWith('$') && /^[+#]/.test(filter)) return false;
  for (const [place, level] of wanted.entries()) {
    if (level === '#') return true;
    if (place >= names.length || (level !== '+' && level !== names[place])) return false;
  }
  return wanted.length === names.length;
}

test('agrees with the plain rule for any filters and topics', () => {
  const name = fc.constantFrom('a', 'b', '', '$x', '__proto__');
  const topic = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
  const filter = fc
    .tuple(fc.array(fc.oneof(name, fc.constant('+')), { minLength: 1, maxLength: 4 }), fc.boolean())
    .map(([names, hasRest]) => [...names, ...(hasRest ? ['#'] : [])].join('/'));
  fc.assert(
    fc.property(fc.uniqueArray(filter, { maxLength: 8 }), topic, (filters, name_) => {
      expect(find(filters, name_)).toEqual(filters.filter((each) => matches(each, name_)).sort());
    }),
  );
});
