import { baseOf, isSection, memberOf, type Section, textOf, topicOf } from './members.ts';

/** Where a device says whether it is there. */
export interface AvailabilitySource {
  readonly topic: string;
  readonly available: string;
  readonly notAvailable: string;
  readonly template: string | undefined;
}

export type AvailabilityMode = 'all' | 'any' | 'latest';

export interface AvailabilityRule {
  readonly mode: AvailabilityMode;
  readonly sources: readonly AvailabilitySource[];
}

const MAX_SOURCES = 8;

/** The availability of a component; that of the whole device counts where it has none of its own. */
export function availabilityOf(component: Section, root: Section | undefined): AvailabilityRule {
  const own = readRule(component, baseOf(component) ?? (root === undefined ? undefined : baseOf(root)));
  if (own.sources.length > 0 || root === undefined) return own;
  return readRule(root, baseOf(root));
}

function readRule(section: Section, base: string | undefined): AvailabilityRule {
  const mode = memberOf(section, 'availability_mode');
  const list = memberOf(section, 'availability');
  const entries = Array.isArray(list) ? list : isSection(list) ? [list] : [];
  const sources = entries.slice(0, MAX_SOURCES).flatMap((entry): AvailabilitySource[] => {
    if (!isSection(entry)) return [];
    const topic = topicOf(entry, 'topic', base);
    return topic === undefined ? [] : [sourceOf(entry, topic, textOf(entry, 'value_template'))];
  });
  const single = topicOf(section, 'availability_topic', base);
  const all =
    sources.length === 0 && single !== undefined
      ? [sourceOf(section, single, textOf(section, 'availability_template'))]
      : sources;
  return { mode: mode === 'all' || mode === 'any' ? mode : 'latest', sources: all };
}

function sourceOf(section: Section, topic: string, template: string | undefined): AvailabilitySource {
  return {
    topic,
    available: textOf(section, 'payload_available') ?? 'online',
    notAvailable: textOf(section, 'payload_not_available') ?? 'offline',
    template,
  };
}

/** What one source said last, and in which order; absent where it said nothing yet. */
export interface AvailabilityWord {
  readonly isAvailable: boolean;
  readonly order: number;
}

/** Whether the component is there, as its sources say together; undefined where they do not say. */
export function isAvailable(
  rule: AvailabilityRule,
  wordOf: (source: AvailabilitySource) => AvailabilityWord | undefined,
): boolean | undefined {
  const words = rule.sources.flatMap((source) => wordOf(source) ?? []);
  if (words.length === 0) return undefined;
  switch (rule.mode) {
    case 'any':
      return words.some((word) => word.isAvailable);
    case 'all':
      return words.every((word) => word.isAvailable);
    default:
      return words.reduce((a, b) => (b.order > a.order ? b : a)).isAvailable;
  }
}
