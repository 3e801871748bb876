import { readingKey } from '../../domain/reading.ts';
import { toNumber } from '../../mapping/number-text.ts';
import { shortPayload } from '../../sources/mqtt-map/payload.ts';
import { SHELLY_GEN1_KIND } from '../../sources/mqtt-map/shelly-gen1/kind.ts';
import { valueTopics } from '../../sources/mqtt-map/shelly-gen1/topics.ts';
import type { Finding, FoundValue, Recogniser } from './finding.ts';
import type { Observations } from './observations.ts';

const POWER = /^shellies\/(.+)\/(relay|emeter|meter|roller|light)\/(\d)\/power$/;
type Component = 'relay' | 'emeter' | 'meter' | 'roller' | 'light';

/** `shellies/<id>/relay/0/power` and its like; three clamps of one meter are its lines. */
export const findShellyGen1: Recogniser = (heard) => {
  const parts = [...heard.all()].flatMap(({ topic }) => {
    const [, device, component, channel] = POWER.exec(topic) ?? [];
    return device === undefined
      ? []
      : [{ device, component: component as Component, channel: Number(channel) }];
  });
  const threePhase = new Set(
    parts
      .filter(
        ({ device, component, channel }) =>
          /^shellyem3-/i.test(device) && component === 'emeter' && channel === 2,
      )
      .map(({ device }) => device),
  );
  const done = new Set<string>();
  return parts.flatMap((part): Finding[] => {
    const hasPhases = threePhase.has(part.device);
    if (hasPhases && (part.component !== 'emeter' || done.has(part.device))) return [];
    done.add(part.device);
    const several = parts.filter(({ device }) => device === part.device).length > 1;
    const { values, topics } = valuesOf(heard, part, hasPhases);
    return [
      {
        kind: SHELLY_GEN1_KIND,
        section: {},
        device: {
          device: part.device,
          ...(hasPhases || !several ? {} : { component: part.component, channel: part.channel }),
        },
        name: hasPhases || !several ? part.device : `${part.device} ${part.component} ${part.channel}`,
        values,
        topics,
      },
    ];
  });
};

function valuesOf(
  heard: Observations,
  { device, component, channel }: { device: string; component: Component; channel: number },
  hasPhases: boolean,
): { readonly values: readonly FoundValue[]; readonly topics: readonly string[] } {
  // Only the three keys decide about the topics; the rest of a device's configuration does not exist yet.
  const topics = valueTopics({ component, channel, hasPhases } as Parameters<typeof valueTopics>[0]);
  const found = [...topics].flatMap(([place, { code, phase, convert }]) => {
    const topic = `shellies/${device}/${place}`;
    const said = heard.get(topic);
    if (said === undefined) return [];
    const number = toNumber(shortPayload(said.payload));
    const key = readingKey({ code, ...(phase === undefined ? {} : { phase }) });
    return [{ topic, value: { key, value: number === undefined ? undefined : convert(number) } }];
  });
  return { values: found.map(({ value }) => value), topics: found.map(({ topic }) => topic) };
}
