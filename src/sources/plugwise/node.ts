import type { Device, DeviceQuantity } from '../../domain/device.ts';
import { invertQuantities } from '../../mapping/invert.ts';
import type { NodeIdentity } from '../../protocols/plugwise/messages.ts';
import type { Calibration } from '../../protocols/plugwise/pulses.ts';
import type { PlugwiseDeviceConfig } from './config.ts';
import { createNodeState, type NodeState } from './node-state.ts';

/** What a Circle can carry, where the user gave nothing else. */
const RATING = { fuseA: 16, maxW: 4000 } as const;
/** How often the relay is asked for. */
export const RELAY_INTERVAL_MS = 120_000;

/** What a node told of itself. */
export interface NodeFacts {
  readonly hardware: string;
  readonly firmwareS: number;
  readonly type: number;
}

/** One configured Circle with all that is known of it. */
export interface PlugNode {
  readonly config: PlugwiseDeviceConfig;
  readonly mac: string;
  readonly state: NodeState;
  device: Device;
  calibration: Calibration | undefined;
  /** The same as the node sent it. */
  calibrationDigits: string | undefined;
  facts: NodeFacts | undefined;
  /** What it said of itself last, and when (wall clock). */
  identity: (NodeIdentity & { readonly at: number }) | undefined;
}

export function createNode(config: PlugwiseDeviceConfig, hasEnergyLog: boolean): PlugNode {
  return {
    config,
    mac: config.mac,
    state: createNodeState(),
    device: deviceOf(config, hasEnergyLog, undefined),
    calibration: undefined,
    calibrationDigits: undefined,
    facts: undefined,
    identity: undefined,
  };
}

export function deviceOf(
  config: PlugwiseDeviceConfig,
  hasEnergyLog: boolean,
  facts: NodeFacts | undefined,
): Device {
  const { intervalMs } = config;
  const measured: DeviceQuantity[] = [{ code: 'p', intervalMs }];
  if (hasEnergyLog) measured.push({ code: 'e_imp', intervalMs }, { code: 'e_exp', intervalMs });
  const quantities = config.invert ? invertQuantities(measured) : measured;
  return {
    id: config.id,
    name: config.name,
    manufacturer: 'Plugwise',
    model: modelOf(facts),
    address: config.mac,
    identity: config.mac,
    intervalMs,
    lines: 1,
    rating: { ...RATING, ...config.rating },
    quantities: [...quantities, { code: 'relay', intervalMs: Math.max(RELAY_INTERVAL_MS, intervalMs) }],
  };
}

const TYPES: ReadonlyMap<number, string> = new Map([
  [0, 'Stick'],
  [1, 'Circle+'],
  [2, 'Circle'],
  [3, 'Switch'],
  [5, 'Sense'],
  [6, 'Scan'],
  [7, 'Celsius'],
  [8, 'Celsius'],
  [9, 'Stealth'],
]);
const METERING: ReadonlySet<number> = new Set([1, 2, 9]);

export function typeName(type: number): string {
  return TYPES.get(type) ?? `node of type ${type}`;
}

/** Whether nodes of this type measure power; of unknown types it is supposed. */
export function isMetering(type: number): boolean {
  return METERING.has(type) || !TYPES.has(type);
}

function modelOf(facts: NodeFacts | undefined): string {
  if (facts === undefined) return 'Circle';
  const firmware = new Date(facts.firmwareS * 1000).toISOString().slice(0, 10);
  return `${typeName(facts.type)}, hardware ${facts.hardware}, firmware ${firmware}`;
}

const V1_END_S = Date.UTC(2009, 0, 1) / 1000;

/** Whether it has the firmware of 2008, whose second count is not that of eight seconds. */
export function hasFirstFirmware(facts: NodeFacts | undefined): boolean {
  return facts !== undefined && facts.firmwareS < V1_END_S;
}
