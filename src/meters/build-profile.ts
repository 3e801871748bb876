import { quantityFacts } from '../domain/quantity.ts';
import type {
  AddressRange,
  Identification,
  MeterProfile,
  MeterRegister,
  ReadLimits,
  RegisterType,
  ScaleRegister,
  SerialDefaults,
} from './profile.ts';
import type { ProfileFile, RegisterRow } from './profile-file.ts';

// Of rows and profiles that name no type: what one register most often holds.
const DEFAULT_TYPE: RegisterType = 'uint16';

/** Fills in the defaults of a checked file: every row gets all its facts. */
export function buildProfile(file: ProfileFile): MeterProfile {
  return {
    id: file.id,
    manufacturer: file.manufacturer,
    model: file.model,
    aliases: file.aliases,
    lines: file.lines,
    ...(file.serial === undefined ? {} : { serial: serialOf(file.serial) }),
    gapMs: file.gapMs,
    latencyMs: file.latencyMs,
    limits: limitsOf(file),
    identify: file.identify.map((way) => identificationOf(way, file)),
    scales: file.scales.map((scale) => scaleRegisterOf(scale, file)),
    registers: file.registers.map((row) => registerOf(row, file)),
    notes: file.notes,
    doubts: file.doubts,
    sources: new Map(Object.entries(file.sources)),
  };
}

function serialOf(serial: NonNullable<ProfileFile['serial']>): SerialDefaults {
  const { unitId, ...line } = serial;
  return unitId === undefined ? line : { ...line, unitId };
}

function limitsOf({ read, table }: ProfileFile): ReadLimits {
  const ranges = (list: typeof read.blocks): AddressRange[] =>
    list.map((range) => ({ table: range.table ?? table, first: range.first, last: range.last }));
  return {
    maxRegisters: read.maxRegisters,
    step: read.step,
    canBridge: read.canBridge ?? (read.maxGap ?? 0) > 0,
    maxGap: read.maxGap ?? (read.canBridge === true ? read.maxRegisters : 0),
    blocks: ranges(read.blocks),
    forbidden: ranges(read.forbidden),
    tablesAlike: read.tablesAlike,
  };
}

function identificationOf(way: ProfileFile['identify'][number], file: ProfileFile): Identification {
  if (way.by === 'register')
    return { ...way, table: way.table ?? file.table, wordOrder: way.wordOrder ?? file.wordOrder };
  return way.by === 'text' ? { ...way, table: way.table ?? file.table } : way;
}

function scaleRegisterOf(scale: ProfileFile['scales'][number], file: ProfileFile): ScaleRegister {
  return {
    name: scale.name,
    table: scale.table ?? file.table,
    address: scale.address,
    type: scale.type,
    wordOrder: scale.wordOrder ?? file.wordOrder,
    meaning: typeof scale.meaning === 'string' ? scale.meaning : numberMap(scale.meaning),
    ...present('min', scale.min),
    ...present('max', scale.max),
  };
}

/** The type of a row: its own, the file's, or one unsigned register. */
export function typeOf(row: RegisterRow, file: ProfileFile): RegisterType {
  return row.type ?? file.type ?? DEFAULT_TYPE;
}

function registerOf(row: RegisterRow, file: ProfileFile): MeterRegister {
  const type = typeOf(row, file);
  return {
    code: row.code,
    ...present('phase', row.phase),
    table: row.table ?? file.table,
    address: row.address,
    type,
    wordOrder: row.wordOrder ?? file.wordOrder,
    scale: typeof row.scale === 'number' ? row.scale : { register: row.scale },
    unit: row.unit ?? quantityFacts(row.code).unit,
    ...present('sign', row.sign),
    invalid: row.invalid ?? file.invalid[type] ?? [],
    ...present('rawMin', row.rawMin ?? file.rawLimits[type]?.rawMin),
    ...present('rawMax', row.rawMax ?? file.rawLimits[type]?.rawMax),
    ...(row.values === undefined ? {} : { values: numberMap(row.values) }),
    cadence: row.cadence ?? usualCadence(row),
    enabled: row.enabled,
    optional: row.optional,
    ...present('doubt', row.doubt),
    ...present('note', row.note),
    sources: row.sources ?? file.rowSources ?? onlySource(file),
  };
}

function onlySource({ sources }: ProfileFile): readonly string[] {
  const names = Object.keys(sources);
  return names.length === 1 ? names : [];
}

// Distortion changes slowly and takes many registers; counters lose nothing by being read seldom.
function usualCadence({ code }: RegisterRow): MeterRegister['cadence'] {
  if (quantityFacts(code).kind === 'counter') return 'counter';
  return code === 'v_thd' || code === 'i_thd' ? 'slow' : 'live';
}

function numberMap(table: Readonly<Record<string, number>>): ReadonlyMap<number, number> {
  return new Map(Object.entries(table).map(([key, value]) => [Number(key), value]));
}

function present<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: V });
}
