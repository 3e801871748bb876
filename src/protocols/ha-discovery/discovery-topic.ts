/** What a discovery topic says: `<prefix>/<component>/[<node>/]<object>/config`. */
export interface DiscoveryTopic {
  /** `sensor`, `switch` ...; `device` for the form that holds all components of a device. */
  readonly component: string;
  readonly nodeId: string | undefined;
  readonly objectId: string;
}

const LEVEL = /^[A-Za-z0-9_-]{1,200}$/;

/** Takes a topic below the prefix apart; undefined for one that Home Assistant would not read either. */
export function parseDiscoveryTopic(prefix: string, topic: string): DiscoveryTopic | undefined {
  if (!topic.startsWith(`${prefix}/`)) return undefined;
  const levels = topic.slice(prefix.length + 1).split('/');
  if (levels.pop() !== 'config' || levels.length < 2 || levels.length > 3) return undefined;
  if (!levels.every((level) => LEVEL.test(level))) return undefined;
  const [component = '', second = '', third] = levels;
  return { component, nodeId: third === undefined ? undefined : second, objectId: third ?? second };
}

/** The topics on which sensors and whole devices announce themselves. */
export function discoveryFilters(prefix: string): readonly string[] {
  return ['sensor', 'device'].flatMap((component) => [
    `${prefix}/${component}/+/config`,
    `${prefix}/${component}/+/+/config`,
  ]);
}
