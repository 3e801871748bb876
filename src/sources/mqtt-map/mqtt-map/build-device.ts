import { parseReadingKey } from '../../../config/reading-keys.ts';
import type { SourceDeviceConfig } from '../../../config/types.ts';
import { quantityFacts } from '../../../domain/quantity.ts';
import { type JsonPath, parseJsonPath } from '../../../mapping/json-path.ts';
import { unitConversion } from '../../../mapping/unit-conversion.ts';
import { freshMsOf } from '../pushed/plug.ts';
import type { MappedAvailability, MappedDeviceConfig, MappedValue } from './config.ts';

export interface WrittenValue {
  readonly topic: string;
  readonly path?: string | undefined;
  readonly quantity: string;
  readonly unit?: string | undefined;
  readonly scale?: number | undefined;
  readonly offset?: number | undefined;
  readonly resets?: MappedValue['resets'];
}

export interface WrittenDevice {
  readonly values: readonly WrittenValue[];
  readonly time?: { readonly path: string } | undefined;
  readonly availability?:
    | {
        readonly topic: string;
        readonly path?: string | undefined;
        readonly online?: string | undefined;
        readonly offline?: string | undefined;
      }
    | undefined;
  readonly fresh?: number | undefined;
  readonly gather?: number | undefined;
  readonly retained?: 'ignore' | 'timed' | undefined;
}

const DEFAULT_GATHER_MS = 200;

/** The configuration of a device whose section is without mistakes. */
export function buildMappedDevice(common: SourceDeviceConfig, written: WrittenDevice): MappedDeviceConfig {
  const topics = new Set(written.values.map(({ topic }) => topic));
  const { gather, time } = written;
  return {
    ...common,
    values: written.values.map(buildValue),
    timePath: time === undefined ? undefined : pathOf(time.path),
    availability: availabilityOf(written.availability),
    freshMs: freshMsOf(written),
    gatherMs: gather === undefined ? (topics.size > 1 ? DEFAULT_GATHER_MS : 0) : Math.round(gather * 1000),
    retained: written.retained ?? 'ignore',
  };
}

function buildValue(written: WrittenValue): MappedValue {
  const key = parseReadingKey(written.quantity);
  if (key === undefined) throw new RangeError(`${JSON.stringify(written.quantity)} is no quantity`);
  const unit = written.unit ?? quantityFacts(key.code).unit;
  const convert = unitConversion(unit, key.code);
  if (convert === undefined) throw new RangeError(`${written.quantity} is not measured in ${unit}`);
  return {
    topic: written.topic,
    path: written.path === undefined ? undefined : pathOf(written.path),
    code: key.code,
    phase: key.phase,
    convert,
    scale: written.scale ?? 1,
    offset: written.offset ?? 0,
    resets: written.resets,
  };
}

function availabilityOf(written: WrittenDevice['availability']): MappedAvailability | undefined {
  if (written === undefined) return undefined;
  return {
    topic: written.topic,
    path: written.path === undefined ? undefined : pathOf(written.path),
    online: written.online ?? 'online',
    offline: written.offline ?? 'offline',
  };
}

function pathOf(text: string): JsonPath {
  const path = parseJsonPath(text);
  if ('problem' in path) throw new RangeError(`the path ${JSON.stringify(text)}: ${path.problem}`);
  return path;
}
