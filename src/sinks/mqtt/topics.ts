import { isQuantityCode, PHASES } from '../../domain/quantity.ts';

/** Every topic of the tree (docs/topics.md): `<root>/<device>/<leaf>` and `<root>/gateway/<leaf>`. */

export interface DeviceTopics {
  readonly state: string;
  readonly history: string;
  readonly availability: string;
  readonly meta: string;
  /** Of one quantity; the key is `p`, `v_l1`, `e_imp`. */
  value(key: string): string;
}

export interface GatewayTopics {
  readonly availability: string;
  readonly info: string;
  readonly stats: string;
  readonly events: string;
}

export function deviceTopics(root: string, deviceId: string): DeviceTopics {
  const base = `${root}/${deviceId}`;
  return {
    state: `${base}/state`,
    history: `${base}/history`,
    availability: `${base}/availability`,
    meta: `${base}/$meta`,
    value: (key) => `${base}/${key}`,
  };
}

export function gatewayTopics(root: string): GatewayTopics {
  const base = `${root}/gateway`;
  return {
    availability: `${base}/availability`,
    info: `${base}/info`,
    stats: `${base}/stats`,
    events: `${base}/events`,
  };
}

// A topic may have 65,535 bytes; none of this tree comes near this.
const MAX_TOPIC_LENGTH = 512;
const OWN_LEAVES: ReadonlySet<string> = new Set(['state', 'availability', '$meta', 'info']);

/**
 * Whether a text can be a topic that this sink publishes retained. What the file of published topics names is
 * cleared on the broker, so a damaged or hostile file must not reach the topics of other programs.
 */
export function isOwnTopic(text: unknown): text is string {
  if (typeof text !== 'string' || text.length > MAX_TOPIC_LENGTH) return false;
  const leaf = /^(?:[a-z0-9_]+\/){2,}([$a-z0-9_]+)$/.exec(text)?.[1];
  return leaf !== undefined && (OWN_LEAVES.has(leaf) || isReadingKey(leaf));
}

function isReadingKey(leaf: string): boolean {
  return (
    isQuantityCode(leaf) ||
    PHASES.some((phase) => leaf.endsWith(`_${phase}`) && isQuantityCode(leaf.slice(0, -phase.length - 1)))
  );
}
