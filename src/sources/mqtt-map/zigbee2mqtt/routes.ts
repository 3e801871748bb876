import type { ZigbeeNode } from './node.ts';

/** What is published at one topic about one device. */
export type Route =
  | { readonly kind: 'state'; readonly node: ZigbeeNode }
  | { readonly kind: 'availability'; readonly node: ZigbeeNode }
  | { readonly kind: 'attribute'; readonly node: ZigbeeNode; readonly property: string };

const IEEE = /^0x[0-9a-f]{16}$/;

/** The name of a node in topics: what zigbee2mqtt says, until then what the configuration says. */
function topicName(node: ZigbeeNode): string | undefined {
  if (node.bridge !== undefined) return node.bridge.name;
  return IEEE.test(node.selector) ? undefined : node.selector;
}

/**
 * Every topic that matters. A name may hold slashes, so that the attribute `power` of `kitchen` and the device
 * `kitchen/power` have one topic: the state of a device goes first.
 */
export function routesOf(base: string, nodes: readonly ZigbeeNode[]): ReadonlyMap<string, Route> {
  const routes = new Map<string, Route>();
  for (const node of nodes) {
    const name = topicName(node);
    if (name === undefined) continue;
    for (const { values } of node.plugs)
      for (const { property } of values)
        routes.set(`${base}/${name}/${property}`, { kind: 'attribute', node, property });
  }
  for (const node of nodes) {
    const name = topicName(node);
    if (name === undefined) continue;
    routes.set(`${base}/${name}/availability`, { kind: 'availability', node });
    routes.set(`${base}/${name}`, { kind: 'state', node });
  }
  return routes;
}
