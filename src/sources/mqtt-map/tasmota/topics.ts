import { type JsonObject, member, textMember } from '../payload.ts';

/** How a Tasmota names its topics. */
export interface TopicNaming {
  /** `FullTopic`, with `%prefix%`, `%topic%`, `%id%` (the MAC), `%hostname%`. */
  readonly fullTopic: string;
  readonly prefixes: { readonly command: string; readonly status: string; readonly telemetry: string };
  readonly topic: string | undefined;
  readonly mac: string | undefined;
  readonly hostname: string | undefined;
}

export const DEFAULT_PREFIXES = { command: 'cmnd', status: 'stat', telemetry: 'tele' } as const;

/** The begin of its topics for one prefix, with the last "/"; undefined where a part of it is not known. */
export function topicBegin(naming: TopicNaming, prefix: keyof TopicNaming['prefixes']): string | undefined {
  const parts: ReadonlyMap<string, string | undefined> = new Map([
    ['prefix', naming.prefixes[prefix]],
    ['topic', naming.topic],
    ['id', naming.mac],
    ['hostname', naming.hostname],
  ]);
  let isComplete = true;
  const begin = naming.fullTopic.replace(/%(prefix|topic|id|hostname)%/g, (_, name: string) => {
    const part = parts.get(name);
    if (part === undefined) isComplete = false;
    return part ?? '';
  });
  if (!isComplete) return undefined;
  return begin.endsWith('/') ? begin : `${begin}/`;
}

/** What a Tasmota publishes of itself, retained, at `tasmota/discovery/<MAC>/config`. */
export interface Discovered {
  readonly naming: TopicNaming;
  readonly mac: string;
  readonly online: string | undefined;
  readonly offline: string | undefined;
  readonly model: string | undefined;
}

/** Undefined for what is no such description, or names topics that cannot be. */
export function readDiscovery(config: JsonObject | undefined): Discovered | undefined {
  const mac = textMember(config, 'mac')?.replace(/[:-]/g, '').toUpperCase();
  const topic = topicPart(member(config, 't'));
  const fullTopic = topicPart(member(config, 'ft'));
  const prefixes = readPrefixes(member(config, 'tp'));
  if (mac === undefined || !/^[0-9A-F]{12}$/.test(mac) || topic === undefined) return undefined;
  if (fullTopic?.includes('%prefix%') !== true || prefixes === undefined) return undefined;
  return {
    naming: { fullTopic, prefixes, topic, mac, hostname: topicPart(member(config, 'hn')) },
    mac,
    online: textMember(config, 'onln'),
    offline: textMember(config, 'ofln'),
    model: textMember(config, 'md'),
  };
}

function readPrefixes(value: unknown): TopicNaming['prefixes'] | undefined {
  if (!Array.isArray(value)) return undefined;
  const [command, status, telemetry] = value.map(topicPart);
  if (command === undefined || status === undefined || telemetry === undefined) return undefined;
  return { command, status, telemetry };
}

const MAX_LENGTH = 256;

function topicPart(value: unknown): string | undefined {
  const isSound =
    typeof value === 'string' && value !== '' && value.length <= MAX_LENGTH && !/[+#\p{Cc}]/u.test(value);
  return isSound ? value : undefined;
}
