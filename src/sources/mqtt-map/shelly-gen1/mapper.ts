import type { Device } from '../../../domain/device.ts';
import type { Reading } from '../../../domain/reading.ts';
import { watchFreshness } from '../../../mapping/device-feed.ts';
import { toNumber } from '../../../mapping/number-text.ts';
import { isSentinel } from '../../../mapping/sentinels.ts';
import { createLearningPlug, type LearningPlug } from '../learning-plug.ts';
import type { ArrivedMessage, MapperSurroundings, MqttMapper } from '../mapper.ts';
import { jsonObject, shortPayload, textMember } from '../payload.ts';
import { createPoller } from '../poller.ts';
import { type Counts, createCounts } from '../pushed/counts.ts';
import { createTopicIndex } from '../topic-index.ts';
import type { ShellyGen1Config, ShellyGen1DeviceConfig } from './config.ts';
import { createLineSum, type LineSum } from './line-sum.ts';
import { relayTopic, type TopicValue, valueTopics } from './topics.ts';

const ROOT = 'shellies';
/** All values of a round come right after one another, each at its own topic. */
const GATHER_MS = 200;
const ANSWER_MS = 5000;
/** By itself a device reports this often; who wants values more often asks. */
const OWN_PACE_MS = 30_000;

interface ShellyPlug {
  readonly config: ShellyGen1DeviceConfig;
  readonly plug: LearningPlug;
  readonly sum: LineSum | undefined;
}

type Route =
  | { readonly kind: 'value'; readonly to: ShellyPlug; readonly value: TopicValue }
  | { readonly kind: 'relay'; readonly to: ShellyPlug }
  | { readonly kind: 'online'; readonly to: ShellyPlug }
  | { readonly kind: 'announce' };

export function createShellyGen1Mapper(
  { devices: configs }: ShellyGen1Config,
  devices: readonly Device[],
  surroundings: MapperSurroundings,
): MqttMapper {
  const { clock, publish } = surroundings;
  const counts = createCounts();
  const plugs = createPlugs(configs, devices, surroundings, counts);
  const index = createTopicIndex<Route>();
  const topics = new Set<string>();
  for (const [topic, route] of routesOf(plugs)) {
    topics.add(topic);
    index.add(topic, route);
  }
  const asked = [...askedDevices(plugs)].map(([device, intervalMs]) => ({
    device,
    intervalMs,
    ask() {
      publish(`${ROOT}/${device}/command`, 'update');
      return true;
    },
  }));
  const askedOf = new Map(asked.map((each) => [each.device, each]));
  const poller = createPoller(asked, {
    clock,
    isConnected: surroundings.isConnected,
    isSpread: false,
    answerMs: ANSWER_MS,
  });
  return {
    devices,
    filters: [...topics],
    onMessage(message) {
      const routes = index.find(message.topic);
      if (routes.length === 0) counts.add('unknown_topic');
      for (const route of routes) {
        takeRouted(route, message, plugs, counts);
        const each = route.kind === 'announce' ? undefined : askedOf.get(route.to.config.device);
        if (each === undefined || message.isRetained) continue;
        poller.answered(each);
        poller.revive(each);
      }
    },
    onConnect: () => publish(`${ROOT}/command`, 'announce'),
    onDisconnect: () => poller.forget(),
    run: async (signal) => {
      const feeds = plugs.map(({ plug }) => plug.feed);
      await Promise.all([poller.run(signal), watchFreshness(feeds, clock, signal)]);
    },
    statistics: () => ({ ...poller.counters, ignored: counts.statistics() }),
  };
}

function createPlugs(
  configs: readonly ShellyGen1DeviceConfig[],
  devices: readonly Device[],
  { emit, clock }: MapperSurroundings,
  counts: Counts,
): readonly ShellyPlug[] {
  return configs.flatMap((config, place) => {
    const device = devices[place];
    if (device === undefined) return [];
    const plug = createLearningPlug({ config, device, gatherMs: GATHER_MS }, { emit, clock, counts });
    return [{ config, plug, sum: config.hasPhases ? createLineSum() : undefined }];
  });
}

function routesOf(plugs: readonly ShellyPlug[]): readonly (readonly [string, Route])[] {
  const routes: (readonly [string, Route])[] = [[`${ROOT}/announce`, { kind: 'announce' }]];
  for (const to of plugs) {
    const begin = `${ROOT}/${to.config.device}/`;
    for (const [name, value] of valueTopics(to.config))
      routes.push([`${begin}${name}`, { kind: 'value', to, value }]);
    const relay = relayTopic(to.config);
    if (relay !== undefined) routes.push([`${begin}${relay}`, { kind: 'relay', to }]);
    routes.push([`${begin}online`, { kind: 'online', to }], [`${begin}announce`, { kind: 'announce' }]);
  }
  return routes;
}

function askedDevices(plugs: readonly ShellyPlug[]): ReadonlyMap<string, number> {
  const intervals = new Map<string, number>();
  for (const { config } of plugs) {
    if (config.intervalMs >= OWN_PACE_MS) continue;
    intervals.set(config.device, Math.min(config.intervalMs, intervals.get(config.device) ?? OWN_PACE_MS));
  }
  return intervals;
}

function takeRouted(
  route: Route,
  message: ArrivedMessage,
  plugs: readonly ShellyPlug[],
  counts: Counts,
): void {
  if (route.kind === 'announce') {
    onAnnounce(plugs, message, counts);
    return;
  }
  const text = shortPayload(message.payload);
  const { plug, sum } = route.to;
  if (route.kind === 'online') {
    if (text === 'false') plug.feed.lose('it says that it is offline');
    return;
  }
  const reading = route.kind === 'relay' ? relayReading(text) : valueReading(route.value, text);
  if (reading === undefined) {
    counts.add('no_number');
    return;
  }
  if (route.kind === 'value') plug.learn([reading], route.value.resets);
  plug.take([reading], message);
  const total = message.isRetained ? undefined : sum?.add(reading, message.at);
  if (total !== undefined) plug.take([total], message);
}

function valueReading({ code, phase, convert }: TopicValue, text: string | undefined): Reading | undefined {
  const number = toNumber(text);
  if (number === undefined || isSentinel(number, code)) return undefined;
  return { code, ...(phase === undefined ? {} : { phase }), value: convert(number) };
}

function relayReading(word: string | undefined): Reading | undefined {
  if (word === 'on') return { code: 'relay', value: 1 };
  // After an overload the relay is open.
  return word === 'off' || word === 'overpower' ? { code: 'relay', value: 0 } : undefined;
}

/** {"id":"shellyplug-s-12AB34","model":"SHPLG-S","mac":"E8DB8412AB34","ip":"...","new_fw":false,"fw_ver":"..."} */
function onAnnounce(plugs: readonly ShellyPlug[], { payload }: ArrivedMessage, counts: Counts): void {
  const body = jsonObject(payload);
  const id = textMember(body, 'id');
  const mac = textMember(body, 'mac');
  if (id === undefined) {
    counts.add('malformed');
    return;
  }
  const model = textMember(body, 'model');
  for (const { config, plug } of plugs) {
    if (config.device !== id) continue;
    const channel = config.hasPhases ? '' : `/${config.channel}`;
    plug.identify({
      ...(model === undefined ? {} : { model }),
      ...(mac === undefined ? {} : { identity: `${mac}${channel}` }),
    });
  }
}
