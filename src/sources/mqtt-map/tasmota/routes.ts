import type { TasmotaNode } from './node.ts';
import { topicBegin } from './topics.ts';

export interface Route {
  readonly node: TasmotaNode;
  readonly kind: 'sensor' | 'state' | 'will' | 'status10' | 'status8' | 'result';
}

/** The topics of all devices whose naming is known. */
export function routesOf(nodes: readonly TasmotaNode[]): ReadonlyMap<string, Route> {
  const routes = new Map<string, Route>();
  for (const node of nodes) {
    const telemetry = topicBegin(node.naming, 'telemetry');
    const status = topicBegin(node.naming, 'status');
    if (telemetry === undefined || status === undefined) continue;
    routes.set(`${telemetry}SENSOR`, { node, kind: 'sensor' });
    routes.set(`${telemetry}STATE`, { node, kind: 'state' });
    routes.set(`${telemetry}LWT`, { node, kind: 'will' });
    routes.set(`${status}STATUS10`, { node, kind: 'status10' });
    routes.set(`${status}STATUS8`, { node, kind: 'status8' });
    routes.set(`${status}RESULT`, { node, kind: 'result' });
  }
  return routes;
}
