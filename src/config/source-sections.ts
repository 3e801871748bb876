import * as z from 'zod';
import type { Issue } from '../lib/issue.ts';
import { allowing, valueAt } from '../lib/schema-walk.ts';
import {
  buildCommonDevice,
  buildSettings,
  COMMON_DEVICE_FIELDS,
  type CommonDeviceEntry,
} from './device-fields.ts';
import * as scalar from './scalars.ts';
import type { BuildSurroundings, CheckSurroundings, Entry, SectionKind } from './source-kind.ts';
import type { DeviceSettings, SourceConfig } from './types.ts';

/** One section of `sources` as its schema gives it: the common keys, and those of its kind. */
export interface SectionEntry {
  readonly type: string;
  readonly id: string;
  readonly devices: readonly (CommonDeviceEntry & Readonly<Record<string, unknown>>)[];
  readonly [key: string]: unknown;
}

/** The schema of one section, as the kind and the common keys make it. */
export function sectionSchema(kind: SectionKind): z.ZodObject {
  return z.strictObject({
    type: z.literal(kind.type).describe('Kind of the source'),
    id: scalar.id.describe('Name of the source in messages and statistics'),
    ...kind.fields,
    devices: z.array(deviceSchema(kind)).min(1).describe('What it reads'),
  });
}

/** The keys of a device of one kind; its own words for a common key come first. */
function deviceSchema(kind: SectionKind): z.ZodObject {
  const { id, name, ...common } = COMMON_DEVICE_FIELDS;
  const others = Object.entries(common).filter(([key]) => !Object.hasOwn(kind.deviceFields, key));
  return z.strictObject({ id, name, ...kind.deviceFields, ...Object.fromEntries(others) });
}

/** The schema of the list `sources`. */
export function sourcesSchema(kinds: readonly SectionKind[]): z.ZodType<readonly SectionEntry[]> {
  const [first, ...rest] = kinds.map(sectionSchema);
  if (first === undefined) throw new RangeError('there is no kind of source');
  const section = allowing(
    `a section with a type: ${kinds.map(({ type }) => type).join(', ')}`,
    z.discriminatedUnion('type', [first as never, ...(rest as never[])]),
  );
  // Every member of the union has the common keys, which the list of kinds cannot say in its type.
  return z.array(section).min(1) as unknown as z.ZodType<readonly SectionEntry[]>;
}

/** The mistakes that each kind finds in its own sections. */
export function checkSections(
  drafts: readonly (Entry<object> & { readonly kind: SectionKind | undefined })[],
  surroundings: CheckSurroundings,
): Issue[] {
  return drafts.flatMap((draft) => {
    const { kind } = draft;
    const defaultIntervalS = kind?.defaultIntervalS ?? surroundings.defaultIntervalS;
    // The fields of a draft were picked by the schemas of this very kind.
    return kind?.check?.(draft as never, { ...surroundings, defaultIntervalS }) ?? [];
  });
}

/** Makes the configuration of one source from its section. */
export function buildSection(
  entry: SectionEntry,
  kind: SectionKind,
  defaultIntervalS: number,
  surroundings: BuildSurroundings,
): SourceConfig {
  const devices = entry.devices.map((device) => ({
    common: buildCommonDevice(device, kind.defaultIntervalS ?? defaultIntervalS),
    fields: device,
  }));
  return kind.build({ id: entry.id, fields: entry, devices } as never, surroundings);
}

/** How the values of the section's devices are published, by device. */
export function settingsOf(entry: SectionEntry): (readonly [string, DeviceSettings])[] {
  return entry.devices.map((device) => [device.id, buildSettings(device)] as const);
}

/** The paths of the secret files that a section names, as they were written. */
export function secretFilesIn(
  section: unknown,
  kind: SectionKind,
): { readonly path: readonly string[]; readonly file: string }[] {
  return (kind.secretFiles ?? []).flatMap((path) => {
    const file = valueAt(section, path);
    return scalar.filePath.safeParse(file).success ? [{ path, file: String(file) }] : [];
  });
}
