import type { QuantityCode } from '../../../domain/quantity.ts';
import type { MapperSurroundings } from '../mapper.ts';
import type { ExposedValue } from './exposes.ts';
import type { ZigbeeNode } from './node.ts';

/** Worth a message on the radio at each interval, in this order; the rest once a minute. */
const PROMPT: readonly QuantityCode[] = ['p', 'i', 'v', 'q', 's'];
const SLOW_MS = 60_000;

/** Asks a device for what it can be asked for; false where that is nothing, or an answer is still awaited. */
export function askNode(
  node: ZigbeeNode,
  base: string,
  { clock, publish }: Pick<MapperSurroundings, 'clock' | 'publish'>,
): boolean {
  const { bridge, question } = node;
  const now = clock.now();
  if (bridge === undefined || question.isOpen(now)) return false;
  const isSlowDue = Math.abs(now - node.slowAskedAt) >= SLOW_MS;
  const gettable = node.plugs.flatMap(({ values }) => values.filter(({ isGettable }) => isGettable));
  const wanted = gettable.filter(({ code }) => isSlowDue || PROMPT.includes(code)).sort(byUrgency);
  const properties = [...new Set(wanted.map(({ property }) => property))];
  if (properties.length === 0) return false;
  if (isSlowDue) node.slowAskedAt = now;
  question.open(properties, now);
  publish(
    `${base}/${bridge.name}/get`,
    JSON.stringify(Object.fromEntries(properties.map((property) => [property, '']))),
  );
  return true;
}

const urgency = ({ code }: ExposedValue) => {
  const place = PROMPT.indexOf(code);
  return place < 0 ? PROMPT.length : place;
};
const byUrgency = (a: ExposedValue, b: ExposedValue) => urgency(a) - urgency(b);
