import type {
  AddressRange,
  Identification,
  MeterProfile,
  MeterRegister,
  ReadLimits,
  RegisterTable,
} from '../meters/profile.ts';
import { chooseScales, scaleOf } from './choose-scale.ts';
import { encodeNumber, encodeRegister, wordCount } from './encode-register.ts';
import { textMatching } from './matching-text.ts';
import type { HouseQuantities } from './measure.ts';

/** Exception codes of the Modbus application protocol, 7. */
export const ILLEGAL_FUNCTION = 1;
const ILLEGAL_ADDRESS = 2;
export const ILLEGAL_VALUE = 3;

/** A simulated meter behind the wire: registers, and what it says about itself. */
export interface MeterModel {
  /** The words of a read, all taken at one instant; or the exception code with which the meter refuses. */
  read(table: RegisterTable, address: number, count: number): readonly number[] | number;
  /** Text of function code 17; absent where the model does not know the function. */
  readonly serverId?: string;
  /** Objects 0 to 2 of function code 43/14; absent where the model does not know the function. */
  readonly identification?: readonly [vendor: string, product: string, revision: string];
}

/**
 * A meter of this profile that measures what `measure` gives. It refuses what the profile says the true
 * meter refuses: more registers than allowed (exception 3), addresses outside blocks, forbidden or not
 * described and not to be bridged, and odd addresses or counts where it wants even ones (exception 2).
 */
export function createMeterModel(profile: MeterProfile, measure: () => HouseQuantities): MeterModel {
  const scales = chooseScales(profile);
  const rows = [...profile.registers].sort((a, b) => Number(a.enabled) - Number(b.enabled));
  const fixed = fixedRegisters(profile, scales);
  const described = describedAddresses(profile, fixed);
  const { limits } = profile;
  const serverId = profile.identify.find((way) => way.by === 'server-id');
  const device = profile.identify.find((way) => way.by === 'device-identification');
  return {
    ...(serverId === undefined ? {} : { serverId: textMatching(serverId.matches, namesOf(profile)) }),
    ...(device === undefined ? {} : { identification: identificationOf(device.matches, profile) }),
    read(table, address, count) {
      if (count > limits.maxRegisters) return ILLEGAL_VALUE;
      const whole = fixed.find((entry) => isTable(entry.table, table, limits) && isAt(entry, address, count));
      if (whole !== undefined) return whole.words;
      const refusal = refusalOf(limits, described, table, address, count);
      if (refusal !== undefined) return refusal;
      const image = new Array<number>(count).fill(0);
      const place = (at: number, words: readonly number[]) => {
        words.forEach((word, n) => {
          const index = at - address + n;
          if (index >= 0 && index < count) image[index] = word;
        });
      };
      const isInside = (at: number, words: number) => at < address + count && at + words > address;
      for (const entry of fixed) {
        if (isTable(entry.table, table, limits)) place(entry.address, entry.words);
      }
      const quantities = measure();
      for (const row of rows) {
        if (!isTable(row.table, table, limits) || !isInside(row.address, wordCount(row.type))) continue;
        place(row.address, rowWords(row, quantities, scaleOf(row, scales)));
      }
      return image;
    },
  };
}

function rowWords(row: MeterRegister, quantities: HouseQuantities, scale: number): readonly number[] {
  const value = quantities.value(row.code, row.phase);
  const p = quantities.value('p', row.phase) ?? 0;
  const q = quantities.value('q', row.phase) ?? 0;
  return encodeRegister(row, { value, isLeading: p < 0 ? q > 0 : q < 0, scale });
}

/** Registers whose content never changes: identification and scales. */
interface FixedRegisters {
  readonly table: RegisterTable;
  readonly address: number;
  readonly words: readonly number[];
}

function fixedRegisters(
  profile: MeterProfile,
  scales: ReturnType<typeof chooseScales>,
): readonly FixedRegisters[] {
  const fixed: FixedRegisters[] = profile.scales.map((scale) => ({
    table: scale.table,
    address: scale.address,
    words: encodeNumber(scales.get(scale.name)?.raw ?? 1, scale.type, scale.wordOrder),
  }));
  for (const way of profile.identify) {
    const words = identificationWords(way, profile);
    if (words !== undefined && 'address' in way)
      fixed.push({ table: way.table, address: way.address, words });
  }
  return fixed;
}

function identificationWords(way: Identification, profile: MeterProfile): readonly number[] | undefined {
  if (way.by === 'register') return encodeNumber(way.equals[0] ?? 0, way.type, way.wordOrder);
  if (way.by !== 'text') return undefined;
  const text = textMatching(way.matches, namesOf(profile));
  return Array.from(
    { length: way.count },
    (_, n) => (text.charCodeAt(2 * n) || 0) * 256 + (text.charCodeAt(2 * n + 1) || 0),
  );
}

function namesOf(profile: MeterProfile): readonly string[] {
  const { manufacturer, model, aliases } = profile;
  return [model, ...aliases, `${manufacturer} ${model}`].map((name) => name.replace(/[^ -~]/g, '?'));
}

function identificationOf(pattern: string, profile: MeterProfile): readonly [string, string, string] {
  const [model = '', ...others] = namesOf(profile);
  const vendor = profile.manufacturer.replace(/[^ -~]/g, '?').slice(0, 60);
  const usual = [vendor, model.slice(0, 60), '1.0'] as const;
  if (new RegExp(pattern, 'u').test(usual.join(' '))) return usual;
  return [vendor, textMatching(pattern, [model, ...others]), '1.0'];
}

function isTable(own: RegisterTable, asked: RegisterTable, limits: ReadLimits): boolean {
  return own === asked || limits.tablesAlike;
}

// Some addresses say the model when read alone, and hold part of a value inside a longer read.
function isAt(entry: FixedRegisters, address: number, count: number): boolean {
  return entry.address === address && entry.words.length === count;
}

type Described = Readonly<Record<RegisterTable, ReadonlySet<number>>>;

function describedAddresses(profile: MeterProfile, fixed: readonly FixedRegisters[]): Described {
  const described = { holding: new Set<number>(), input: new Set<number>() };
  const add = (table: RegisterTable, address: number, words: number) => {
    const tables: readonly RegisterTable[] = profile.limits.tablesAlike ? ['holding', 'input'] : [table];
    for (const each of tables) for (let n = 0; n < words; n++) described[each].add(address + n);
  };
  for (const row of profile.registers) add(row.table, row.address, wordCount(row.type));
  for (const entry of fixed) add(entry.table, entry.address, entry.words.length);
  return described;
}

function refusalOf(
  limits: ReadLimits,
  described: Described,
  table: RegisterTable,
  address: number,
  count: number,
): number | undefined {
  if (address % limits.step !== 0 || count % limits.step !== 0) return ILLEGAL_ADDRESS;
  const last = address + count - 1;
  const touches = (range: AddressRange) =>
    isTable(range.table, table, limits) && address <= range.last && last >= range.first;
  const holds = (range: AddressRange) =>
    isTable(range.table, table, limits) && address >= range.first && last <= range.last;
  if (limits.forbidden.some(touches)) return ILLEGAL_ADDRESS;
  if (limits.blocks.length > 0 && !limits.blocks.some(holds)) return ILLEGAL_ADDRESS;
  let gap = 0;
  let known = 0;
  for (let at = address; at <= last; at++) {
    if (described[table].has(at)) {
      known++;
      gap = 0;
    } else if (!limits.canBridge || ++gap > limits.maxGap) return ILLEGAL_ADDRESS;
  }
  return known === 0 ? ILLEGAL_ADDRESS : undefined;
}
