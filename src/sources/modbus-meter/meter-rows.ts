import type { Device, DeviceQuantity } from '../../domain/device.ts';
import { readingKey } from '../../domain/reading.ts';
import { withWordOrder, wordCount } from '../../meters/decode-register.ts';
import type { MeterProfile, MeterRegister, ReadLimits, ScaleRegister } from '../../meters/profile.ts';
import type { ModbusDeviceConfig } from './config.ts';
import type { PlanRow } from './plan-reads.ts';

/** A row of the profile as this device reads it. */
export interface MeterRow {
  readonly plan: PlanRow;
  readonly register: MeterRegister;
  readonly intervalMs: number;
}

/** A register that scales others, read with them. */
export interface ScaleRow {
  readonly plan: PlanRow;
  readonly scale: ScaleRegister;
}

/** Everything that a device of the configuration reads. */
export interface MeterRows {
  readonly rows: readonly MeterRow[];
  readonly scales: readonly ScaleRow[];
  readonly limits: ReadLimits;
}

/** Lays the configuration of a device over its profile. */
export function rowsOf(config: ModbusDeviceConfig, profile: MeterProfile): MeterRows {
  const rows = wantedRegisters(config, profile).map((register) => {
    const plan = {
      key: readingKey(register),
      table: register.table,
      address: register.address,
      count: wordCount(register.type),
    };
    return { plan, register: inOrder(register, config), intervalMs: intervalOf(register, config) };
  });
  const used = new Set(
    rows.map((row) => (typeof row.register.scale === 'object' ? row.register.scale.register : '')),
  );
  const scales = profile.scales
    .filter((scale) => used.has(scale.name))
    .map((scale) => ({
      plan: {
        key: `scale:${scale.name}`,
        table: scale.table,
        address: scale.address,
        count: wordCount(scale.type),
      },
      scale,
    }));
  return {
    rows,
    scales,
    limits: { ...profile.limits, maxRegisters: config.maxRegisters ?? profile.limits.maxRegisters },
  };
}

// Modulo-10000 counters have an order of their own, whatever the meter does with its other values.
function inOrder(register: MeterRegister, { wordOrder }: ModbusDeviceConfig): MeterRegister {
  if (wordOrder === undefined || register.type.startsWith('mod10k')) return register;
  return withWordOrder(register, wordOrder);
}

// Some meters hold one quantity in two places. A key is read once: where the user switched it on, from the place
// that the profile leaves off.
function wantedRegisters(config: ModbusDeviceConfig, profile: MeterProfile): MeterRegister[] {
  const byKey = new Map<string, MeterRegister>();
  for (const register of profile.registers) {
    const key = readingKey(register);
    const isSwitchedOn = config.enable.includes(key);
    const isOn =
      isSwitchedOn || (register.enabled && (config.only === undefined || config.only.includes(key)));
    if (!isOn || config.disable.includes(key)) continue;
    if (!byKey.has(key) || (isSwitchedOn && !register.enabled)) byKey.set(key, register);
  }
  return [...byKey.values()];
}

function intervalOf(register: MeterRegister, config: ModbusDeviceConfig): number {
  if (register.cadence === 'counter') return config.counterIntervalMs;
  return register.cadence === 'slow' ? config.slowIntervalMs : config.intervalMs;
}

/** The device as subscribers see it. */
export function describeDevice(
  config: ModbusDeviceConfig,
  profile: MeterProfile,
  rows: readonly MeterRow[],
): Device {
  const quantities: DeviceQuantity[] = rows.map(({ register, intervalMs }) => ({
    code: config.invert ? invertedCode(register.code) : register.code,
    ...(register.phase === undefined ? {} : { phase: register.phase }),
    intervalMs,
    ...(register.doubt === undefined ? {} : { doubt: register.doubt }),
  }));
  return {
    id: config.id,
    name: config.name,
    manufacturer: profile.manufacturer,
    model: profile.model,
    address: String(config.unitId),
    intervalMs: config.intervalMs,
    lines: profile.lines,
    rating: config.rating,
    quantities,
  };
}

/** Import and export change places in a meter that was wired backwards. */
export function invertedCode(code: MeterRegister['code']): MeterRegister['code'] {
  const swapped = code.replace(/_(imp|exp)(?=_|$)/, (_, direction: string) =>
    direction === 'imp' ? '_exp' : '_imp',
  );
  return swapped as MeterRegister['code']; // the table of quantities has every such pair
}
