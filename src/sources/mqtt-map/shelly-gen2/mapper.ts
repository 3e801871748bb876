import { randomBytes, randomInt } from 'node:crypto';
import type { Device } from '../../../domain/device.ts';
import { createAskedNodes } from '../asked-nodes.ts';
import { createLearningPlug } from '../learning-plug.ts';
import type { ArrivedMessage, MapperSurroundings, MqttMapper } from '../mapper.ts';
import { createTroubles, type Troubles } from '../notices.ts';
import {
  asObject,
  type JsonObject,
  jsonObject,
  member,
  objectMember,
  shortPayload,
  textMember,
} from '../payload.ts';
import { type Counts, createCounts } from '../pushed/counts.ts';
import { createTopicIndex } from '../topic-index.ts';
import { partsOf } from './component.ts';
import type { ShellyGen2Config } from './config.ts';
import { createRequests, type Requests } from './requests.ts';
import { notifiedAt, type ShellyPlug, type ShellyUnit, takeDeviceInfo, takeStatus } from './unit.ts';

const ANSWER_MS = 4000;

type Route =
  | { readonly kind: 'online'; readonly unit: ShellyUnit }
  | { readonly kind: 'event'; readonly unit: ShellyUnit }
  | { readonly kind: 'component'; readonly unit: ShellyUnit; readonly name: string };

/** What the messages of all devices are worked with. */
interface Desk {
  readonly counts: Counts;
  readonly troubles: Troubles;
  readonly requests: Requests<ShellyUnit>;
  /** Sends a request; to a device it has one of each method open at most. */
  readonly request: (unit: ShellyUnit, method: 'Shelly.GetStatus' | 'Shelly.GetDeviceInfo') => void;
  readonly isAlive: (unit: ShellyUnit, hasAnswered: boolean) => void;
}

export function createShellyGen2Mapper(
  config: ShellyGen2Config,
  devices: readonly Device[],
  surroundings: MapperSurroundings,
): MqttMapper {
  const { clock, publish } = surroundings;
  const counts = createCounts();
  const units = createUnits(config, devices, surroundings, counts);
  // Two gateways may read one Shelly: each gets its own answers.
  const replyTo = `busbar/${config.id}-${randomBytes(4).toString('hex')}`;
  const requests = createRequests<ShellyUnit>(replyTo, randomInt(1, 0x3fff_ffff));
  const request: Desk['request'] = (unit, method) =>
    publish(`${unit.prefix}/rpc`, requests.open(unit, method, clock.now()));
  const ask = (unit: ShellyUnit) => {
    request(unit, 'Shelly.GetStatus');
    return true;
  };
  const asked = createAskedNodes(units, ask, surroundings, { isSpread: false, answerMs: ANSWER_MS });
  const desk: Desk = {
    counts,
    troubles: createTroubles(surroundings),
    requests,
    request,
    isAlive: asked.isAlive,
  };
  const { index, topics } = routesOf(units);
  return {
    devices,
    filters: [...topics, `${replyTo}/rpc`],
    onMessage(message) {
      if (message.topic === `${replyTo}/rpc`) {
        onAnswer(desk, message);
        return;
      }
      const routes = index.find(message.topic);
      if (routes.length === 0) counts.add('unknown_topic');
      for (const route of routes) onRouted(desk, route, message);
    },
    onDisconnect() {
      requests.clear();
      asked.forget();
    },
    run: asked.run,
    statistics: () => ({ ...asked.counters, ignored: counts.statistics() }),
  };
}

/** A device that is configured once for each of its components is asked once. */
function createUnits(
  { devices: configs }: ShellyGen2Config,
  devices: readonly Device[],
  { emit, clock }: MapperSurroundings,
  counts: Counts,
): readonly ShellyUnit[] {
  const plugs = new Map<string, ShellyPlug[]>();
  configs.forEach((config, place) => {
    const device = devices[place];
    if (device === undefined) return;
    const plug = createLearningPlug({ config, device }, { emit, clock, counts });
    const same = plugs.get(config.prefix) ?? [];
    plugs.set(config.prefix, [...same, { config, plug, parts: partsOf(config.component) }]);
  });
  return [...plugs].map(([prefix, same]) => ({ prefix, plugs: same, isIdentified: false }));
}

function routesOf(units: readonly ShellyUnit[]) {
  const index = createTopicIndex<Route>();
  const topics = new Set<string>();
  const add = (topic: string, route: Route) => {
    if (topics.has(topic)) return;
    topics.add(topic);
    index.add(topic, route);
  };
  for (const unit of units) {
    add(`${unit.prefix}/online`, { kind: 'online', unit });
    add(`${unit.prefix}/events/rpc`, { kind: 'event', unit });
    for (const { parts } of unit.plugs)
      for (const name of parts.keys())
        add(`${unit.prefix}/status/${name}`, { kind: 'component', unit, name });
  }
  return { index, topics };
}

function onRouted(desk: Desk, route: Route, message: ArrivedMessage): void {
  const { unit } = route;
  if (route.kind === 'online') {
    onOnline(desk, unit, message);
    return;
  }
  const body = jsonObject(message.payload);
  if (body === undefined) {
    desk.counts.add('malformed');
    return;
  }
  if (!message.isRetained) desk.isAlive(unit, false);
  if (route.kind === 'event') onEvent(desk, unit, body, message);
  else if (!takeStatus(unit, { [route.name]: body }, message, undefined)) desk.counts.add('no_values');
}

function onOnline(desk: Desk, unit: ShellyUnit, { payload, isRetained }: ArrivedMessage): void {
  const word = shortPayload(payload);
  if (word === 'false') {
    for (const { plug } of unit.plugs) plug.feed.lose('it says that it is offline');
  } else if (word === 'true' && !isRetained) desk.isAlive(unit, false);
}

function onEvent(desk: Desk, unit: ShellyUnit, body: JsonObject, message: ArrivedMessage): void {
  const method = member(body, 'method');
  if (method !== 'NotifyStatus' && method !== 'NotifyFullStatus') {
    desk.counts.add('other_event');
    return;
  }
  const params = objectMember(body, 'params');
  if (!takeStatus(unit, params, message, notifiedAt(params))) desk.counts.add('no_values');
}

function onAnswer(desk: Desk, message: ArrivedMessage): void {
  const body = jsonObject(message.payload);
  const request = body === undefined || message.isRetained ? undefined : desk.requests.match(body);
  if (body === undefined || request === undefined) {
    desk.counts.add('unasked');
    return;
  }
  const { to: unit, method, sentAt } = request;
  const result = asObject(member(body, 'result'));
  if (method === 'Shelly.GetDeviceInfo') {
    takeDeviceInfo(unit, result);
    return;
  }
  desk.isAlive(unit, true);
  tellRefusal(desk, unit, objectMember(body, 'error'));
  // Between request and answer the device has measured; the clock may have been set since.
  const askedMs = message.at - sentAt;
  const isSane = askedMs >= 0 && askedMs <= ANSWER_MS;
  const measuredAt = isSane ? message.at - askedMs / 2 : undefined;
  if (!takeStatus(unit, result, message, measuredAt)) desk.counts.add('no_values');
  tellMissing(desk, unit, result);
  if (unit.isIdentified) return;
  unit.isIdentified = true;
  desk.request(unit, 'Shelly.GetDeviceInfo');
}

function tellRefusal({ troubles }: Desk, unit: ShellyUnit, error: JsonObject | undefined): void {
  const reason = textMember(error, 'message') ?? 'no reason given';
  const message = `${unit.prefix} refuses to tell its status: ${reason}`;
  troubles.tell(
    `${unit.prefix} refusal`,
    error === undefined
      ? undefined
      : { code: 'plug-refuses', message, over: `${unit.prefix} tells its status` },
  );
}

function tellMissing({ troubles }: Desk, unit: ShellyUnit, result: JsonObject | undefined): void {
  if (result === undefined) return;
  for (const { config } of unit.plugs) {
    const message = `${unit.prefix} has no component ${config.component}; it has ${componentsIn(result)}`;
    const isMissing = objectMember(result, config.component) === undefined;
    const over = `${unit.prefix} has the component ${config.component}`;
    const trouble = { code: 'plug-component', message, over, deviceId: config.id };
    troubles.tell(config.id, isMissing ? trouble : undefined);
  }
}

const MEASURING = /^(switch|pm1|cover|light|rgb|rgbw|cct|em|em1):\d{1,3}$/;

function componentsIn(result: JsonObject): string {
  const names = Object.keys(result).filter((name) => MEASURING.test(name));
  return names.length === 0 ? 'none that measures' : names.slice(0, 10).join(', ');
}
