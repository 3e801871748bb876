import { isQuantityCode, PHASES, type QuantityCode, quantityFacts } from '../../domain/quantity.ts';

/** Every topic of the tree (docs/topics.md): `<root>/<device>/<leaf>` and `<root>/gateway/<leaf>`. */

export interface DeviceTopics {
  readonly state: string;
  readonly history: string;
  readonly availability: string;
  readonly meta: string;
  /** Of one quantity; the key is `p`, `v_l1`, `e_imp`, or `p_mean` for an aggregate. */
  value(key: string): string;
}

export interface GatewayTopics {
  readonly availability: string;
  readonly info: string;
  readonly stats: string;
  readonly events: string;
  /** Requests to switch a plug. */
  readonly switch: string;
}

/** What is told of an interval of a gauge; each is a topic `<key>_<statistic>`. */
export const STATISTICS = ['mean', 'min', 'max'] as const;

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
    switch: `${base}/cmd/switch`,
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
  if (leaf === undefined) return false;
  return OWN_LEAVES.has(leaf) || codeOfKey(leaf) !== undefined || isAggregateKey(leaf);
}

/** The quantity of a key: `v` for `v_l1`; undefined where the key names none. */
function codeOfKey(key: string): QuantityCode | undefined {
  if (isQuantityCode(key)) return key;
  const cut = key.lastIndexOf('_');
  const code = key.slice(0, cut);
  return isQuantityCode(code) && PHASES.some((phase) => phase === key.slice(cut + 1)) ? code : undefined;
}

/** Whether a key can be aggregated: the mean of a counter would say nothing. */
export function isGaugeKey(key: string): boolean {
  const code = codeOfKey(key);
  return code !== undefined && quantityFacts(code).kind === 'gauge';
}

function isAggregateKey(leaf: string): boolean {
  const cut = leaf.lastIndexOf('_');
  return STATISTICS.some((statistic) => statistic === leaf.slice(cut + 1)) && isGaugeKey(leaf.slice(0, cut));
}
