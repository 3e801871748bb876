import { toTime } from '../../../mapping/time-text.ts';
import type { LearningPlug } from '../learning-plug.ts';
import type { ArrivedMessage } from '../mapper.ts';
import { type JsonObject, numberMember, objectMember, textMember } from '../payload.ts';
import { componentReadings, type partsOf } from './component.ts';
import type { ShellyGen2DeviceConfig } from './config.ts';

export interface ShellyPlug {
  readonly config: ShellyGen2DeviceConfig;
  readonly plug: LearningPlug;
  readonly parts: ReturnType<typeof partsOf>;
}

/** One Shelly under its prefix, with the plugs that are configured for it: one, or one for each component. */
export interface ShellyUnit {
  readonly prefix: string;
  readonly plugs: readonly ShellyPlug[];
  /** It has told its model and MAC, or was asked in vain. */
  isIdentified: boolean;
}

/**
 * Takes what stands in the status of a device, whole or in part: only members that are there are new. `saidTime`
 * is the time of the measurement, ms; undefined where the message has none. False where it holds nothing wanted.
 */
export function takeStatus(
  unit: ShellyUnit,
  status: JsonObject | undefined,
  message: ArrivedMessage,
  saidTime: number | undefined,
): boolean {
  let isWanted = false;
  for (const { plug, parts } of unit.plugs) {
    // A component and its counters were told in one message, so they are one sample.
    const readings = [...parts].flatMap(([name, rows]) =>
      componentReadings(rows, objectMember(status, name)),
    );
    if (readings.length === 0) continue;
    isWanted = true;
    plug.take(readings, message, saidTime);
  }
  return isWanted;
}

/** `ts` of a notification: Unix seconds with decimals. */
export function notifiedAt(params: JsonObject | undefined): number | undefined {
  return toTime(numberMember(params, 'ts'));
}

/** {"id":"shellyplusplugs-3ce90e304de4","mac":"3CE90E304DE4","model":"SNPL-00112EU","gen":2,"app":"PlusPlugS"} */
export function takeDeviceInfo(unit: ShellyUnit, result: JsonObject | undefined): void {
  const mac = textMember(result, 'mac');
  const model = textMember(result, 'app') ?? textMember(result, 'model');
  for (const { config, plug } of unit.plugs)
    plug.identify({
      ...(model === undefined ? {} : { model }),
      ...(mac === undefined ? {} : { identity: `${mac}/${config.component}` }),
    });
}
