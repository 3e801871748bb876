import type { ArrivedMessage, MapperSurroundings } from '../mapper.ts';
import { createTroubles, type Trouble, type Troubles } from '../notices.ts';
import { jsonObject, member, objectMember, shortPayload } from '../payload.ts';
import type { Counts } from '../pushed/counts.ts';
import { type BridgeDevice, type BridgeDevices, readBridgeDevices } from './bridge-devices.ts';
import { describeNode, forgetStates, type ZigbeeNode } from './node.ts';

/** What zigbee2mqtt says of itself and of its devices, below `<base>/bridge/`. */
export interface Bridge {
  /** False for a topic that is none of these. */
  onMessage(message: ArrivedMessage): boolean;
  /** zigbee2mqtt has not said that it is gone. */
  isThere(): boolean;
  /** Its setting `cache_state` is off. */
  isUncached(): boolean;
}

const MAX_SETTINGS_BYTES = 8 * 1024 * 1024;

/** `onNames` is called when devices have other names or values than before. */
export function createBridge(
  base: string,
  nodes: readonly ZigbeeNode[],
  surroundings: MapperSurroundings,
  counts: Counts,
  onNames: () => void,
): Bridge {
  const troubles = createTroubles(surroundings);
  let isThere = true;
  let isUncached = false;

  function onState({ payload, isRetained }: ArrivedMessage): void {
    const word = member(jsonObject(payload), 'state') ?? shortPayload(payload);
    if (word !== 'online' && word !== 'offline') return;
    // After a restart it remembers what it had written down last, which may be older than what was seen.
    if (!isRetained) forgetStates(nodes);
    isThere = word === 'online';
    troubles.tell('bridge', isThere ? undefined : BRIDGE_GONE);
    if (isThere) return;
    for (const { plugs } of nodes) for (const { plug } of plugs) plug.feed.lose('zigbee2mqtt is not running');
  }

  function onDevices({ payload }: ArrivedMessage): void {
    const list = readBridgeDevices(payload);
    if (list === undefined) {
      counts.add('malformed');
      return;
    }
    for (const node of nodes) takeListed(node, findDevice(node, list), troubles);
    onNames();
  }

  const handlers = new Map<string, (message: ArrivedMessage) => void>([
    [`${base}/bridge/state`, onState],
    [`${base}/bridge/devices`, onDevices],
    [
      `${base}/bridge/info`,
      ({ payload }) => {
        isUncached = isWithoutMemory(payload);
      },
    ],
  ]);
  return {
    onMessage(message) {
      const handle = handlers.get(message.topic);
      handle?.(message);
      return handle !== undefined;
    },
    isThere: () => isThere,
    isUncached: () => isUncached,
  };
}

function isWithoutMemory(payload: Buffer): boolean {
  const config = objectMember(jsonObject(payload, MAX_SETTINGS_BYTES), 'config');
  return member(objectMember(config, 'advanced'), 'cache_state') === false;
}

// The name in the configuration is what the user means; where nobody bears it any more, the device was renamed.
function findDevice(node: ZigbeeNode, list: BridgeDevices): BridgeDevice | undefined {
  const named = list.byIeee(node.selector) ?? list.byName(node.selector);
  if (named !== undefined || node.bridge === undefined) return named;
  return list.byIeee(node.bridge.ieee);
}

const BRIDGE_GONE: Trouble = {
  code: 'bridge-offline',
  message: 'zigbee2mqtt is not running; its devices are offline until it is started',
  over: 'zigbee2mqtt is running again',
};

function takeListed(node: ZigbeeNode, found: BridgeDevice | undefined, troubles: Troubles): void {
  if (found !== undefined) describeNode(node, found);
  const name = JSON.stringify(node.selector);
  if (found === undefined) {
    const message = `zigbee2mqtt has no device ${name}; look for its name or address in zigbee2mqtt`;
    troubles.tell(`device ${node.selector}`, {
      code: 'plug-unknown',
      message,
      over: `zigbee2mqtt has the device ${name}`,
    });
    return;
  }
  const isEmpty = node.plugs.some(({ values }) => values.length === 0);
  const over = `zigbee2mqtt knows what ${name} measures`;
  const message = `zigbee2mqtt knows nothing electrical of ${name} (or of its endpoint); it gives no readings`;
  troubles.tell(`device ${node.selector}`, isEmpty ? { code: 'plug-unsupported', message, over } : undefined);
}
