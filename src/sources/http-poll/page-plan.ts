import type { SourceDeviceConfig } from '../../config/types.ts';
import type { Device, DeviceQuantity } from '../../domain/device.ts';
import { invertQuantities } from '../../mapping/invert.ts';
import type { HttpServerConfig, PageFormat, PageValueConfig } from './config.ts';
import { compilePagePath, compileValue, type PagePath, type PageValue } from './page-values.ts';

/** Everything that is asked for, and what stands where in the answers. */
export interface PollPlan {
  readonly sourceId: string;
  readonly server: HttpServerConfig;
  readonly pages: readonly PagePlan[];
  readonly devices: readonly PlannedDevice[];
}

export interface PlannedDevice {
  readonly config: SourceDeviceConfig;
  readonly device: Device;
}

/** One page, asked for when one of its devices is due. */
export interface PagePlan {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly body: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly format: PageFormat | undefined;
  readonly timePath: PagePath | undefined;
  readonly parts: readonly PagePart[];
  /** Said behind the failure when the server has no such page. */
  readonly hintWhereMissing?: string;
}

/** The values of one device in a page. */
export interface PagePart {
  readonly deviceId: string;
  readonly values: readonly PageValue[];
}

/** Compiles a path that was checked before; throws a RangeError where it is not sound. */
export function compileTimePath(text: string, format: PageFormat | undefined): PagePath {
  const path = compilePagePath(text, format);
  if ('problem' in path) throw new RangeError(`timePath ${text}: ${path.problem}`);
  return path;
}

export function planPart(
  deviceId: string,
  values: readonly PageValueConfig[],
  format: PageFormat | undefined,
): PagePart {
  return { deviceId, values: values.map((value) => compileValue(value, format)) };
}

/** The device as subscribers see it. */
export function describeDevice(
  config: SourceDeviceConfig,
  values: readonly PageValueConfig[],
  facts: Pick<Device, 'manufacturer' | 'model' | 'address'> = {},
): PlannedDevice {
  const { id, name, intervalMs, rating } = config;
  const told: DeviceQuantity[] = values.map(({ code, phase, resets }) => ({
    code,
    ...(phase === undefined ? {} : { phase }),
    intervalMs,
    ...(resets === undefined ? {} : { resets }),
  }));
  const quantities = config.invert ? invertQuantities(told) : told;
  const isThreePhase = values.some(({ phase }) => phase === 'l2' || phase === 'l3');
  const lines = isThreePhase ? 3 : 1;
  return { config, device: { id, name, ...facts, intervalMs, lines, rating, quantities } };
}
