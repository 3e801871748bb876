import type { Reading } from '../../../domain/reading.ts';
import type { LearningPlug } from '../learning-plug.ts';
import type { ArrivedMessage } from '../mapper.ts';
import { type JsonObject, member } from '../payload.ts';
import type { Counts } from '../pushed/counts.ts';
import type { BridgeDevice } from './bridge-devices.ts';
import type { ZigbeeDeviceConfig } from './config.ts';
import { type ExposedValue, valuesOfEndpoint } from './exposes.ts';
import { createQuestion, type Question } from './question.ts';

/** One configured device: a plug, or one socket of it. */
export interface ZigbeePlug {
  readonly config: ZigbeeDeviceConfig;
  readonly plug: LearningPlug;
  values: readonly ExposedValue[];
}

/** One device of zigbee2mqtt, with the plugs that are configured for it. */
export interface ZigbeeNode {
  /** As the configuration names it. */
  readonly selector: string;
  readonly plugs: readonly ZigbeePlug[];
  readonly question: Question;
  /** Last value of each property, whether it was fresh or not. */
  readonly seen: Map<string, number>;
  /** undefined until zigbee2mqtt has listed it. */
  bridge: BridgeDevice | undefined;
  /** It publishes its state as JSON; then what stands at attribute topics is the same again. */
  hasJson: boolean;
  /** When it was last asked for what changes slowly, ms since 1970. */
  slowAskedAt: number;
}

export function createNode(selector: string, plugs: readonly ZigbeePlug[]): ZigbeeNode {
  return {
    selector,
    plugs,
    question: createQuestion(),
    seen: new Map(),
    bridge: undefined,
    hasJson: false,
    slowAskedAt: 0,
  };
}

const REPORTED_FRESH_MS = 600_000;

/** Takes over what zigbee2mqtt says of the device. */
export function describeNode(node: ZigbeeNode, bridge: BridgeDevice): void {
  if (node.bridge?.ieee !== bridge.ieee) node.seen.clear();
  node.bridge = bridge;
  for (const each of node.plugs) {
    each.values = valuesOfEndpoint(bridge.values, each.config.endpoint);
    const power = each.values.find(({ code }) => code === 'p');
    const { intervalMs } = each.config;
    each.plug.identify({
      address: bridge.name,
      identity: each.config.endpoint === undefined ? bridge.ieee : `${bridge.ieee}/${each.config.endpoint}`,
      ...(bridge.vendor === undefined ? {} : { manufacturer: bridge.vendor }),
      ...(bridge.model === undefined ? {} : { model: bridge.model }),
      // What can only report by itself is silent while nothing changes.
      ...(power?.isGettable === false ? { freshMs: Math.max(3 * intervalMs, REPORTED_FRESH_MS) } : {}),
    });
    if (each.values.length === 0) continue;
    each.plug.knows(
      each.values.map(({ code, phase, doubt }) => ({
        code,
        ...(phase === undefined ? {} : { phase }),
        ...(doubt === undefined ? {} : { doubt }),
      })),
    );
  }
}

/** A state, or a part of it, that came for a node. */
export interface NodeState {
  readonly message: ArrivedMessage;
  readonly state: JsonObject;
  /** zigbee2mqtt keeps no memory: what it publishes was reported just now. */
  readonly isUncached: boolean;
}

/**
 * Passes on what is fresh. zigbee2mqtt repeats its whole memory at each report of any attribute, so a value is
 * fresh only where it differs from the last one, answers our own question, or cannot come from that memory.
 */
export function takeState(node: ZigbeeNode, { message, state, isUncached }: NodeState, counts: Counts): void {
  const values = readValues(node, state);
  const answered = message.isRetained ? NOTHING : node.question.arrived([...values.keys()], message.at);
  const fresh = new Set<string>();
  const falseZeros = new Set<string>();
  for (const { config, plug, values: wanted } of node.plugs) {
    const readings: Reading[] = [];
    for (const value of wanted) {
      const { property, code, phase } = value;
      const number = values.get(property);
      if (number === undefined) continue;
      if (number === 0 && isFalseZero(value, wanted, values, node.seen)) {
        falseZeros.add(property);
        counts.add('false_zero');
        continue;
      }
      const before = node.seen.get(property);
      const isChanged = before !== undefined && before !== number;
      if (message.isRetained || !(isChanged || isUncached || config.trustCache || answered.has(property)))
        continue;
      fresh.add(property);
      node.question.settle(property);
      readings.push({ code, ...(phase === undefined ? {} : { phase }), value: number });
    }
    if (readings.length > 0) plug.take(readings, message);
  }
  if (message.isRetained) counts.add('not_fresh');
  else counts.add('repeated', Math.max(0, values.size - fresh.size - falseZeros.size));
  // A refused 0 W stays unseen: when the current has followed, it is news.
  for (const [property, number] of values) if (!falseZeros.has(property)) node.seen.set(property, number);
}

const NOTHING: ReadonlySet<string> = new Set();

function readValues(node: ZigbeeNode, state: JsonObject): Map<string, number> {
  const found = new Map<string, number>();
  for (const { values } of node.plugs) {
    for (const { property, read } of values) {
      const number = found.has(property) ? undefined : read(member(state, property));
      if (number !== undefined) found.set(property, number);
    }
  }
  return found;
}

const LEAST_CURRENT_A = 0.05;
const LEAST_VOLTAGE_V = 50;
/** Less than this may well be rounded to 0. */
const LEAST_FACTOR = 0.05;

/**
 * Some plugs say 0 W while a current flows, or a power factor of 0 beside a power: the reading was lost on its
 * way, or is never taken.
 */
function isFalseZero(
  { code, phase }: ExposedValue,
  wanted: readonly ExposedValue[],
  values: ReadonlyMap<string, number>,
  seen: ReadonlyMap<string, number>,
): boolean {
  const latest = (of: 'p' | 's' | 'i' | 'v') => {
    const value =
      wanted.find((each) => each.code === of && each.phase === phase) ??
      wanted.find((each) => each.code === of && each.phase === undefined);
    return value === undefined ? undefined : (values.get(value.property) ?? seen.get(value.property));
  };
  const [current, voltage] = [latest('i') ?? 0, latest('v') ?? 0];
  if (code === 'p') return current > LEAST_CURRENT_A && voltage > LEAST_VOLTAGE_V;
  if (code !== 'pf') return false;
  const apparent = latest('s') ?? current * voltage;
  return apparent > 0 && Math.abs(latest('p') ?? 0) > LEAST_FACTOR * apparent;
}

/** Forgets which values were seen: the next state shows what zigbee2mqtt remembers, the one after it what is new. */
export function forgetStates(nodes: readonly ZigbeeNode[]): void {
  for (const node of nodes) {
    node.seen.clear();
    node.question.close();
    node.hasJson = false;
  }
}
