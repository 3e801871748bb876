/**
 * What the bytes of a radio packet mean: the memory of the sender's C structure, little-endian, without gaps.
 *
 *     OK 8  116 9  0 0  116 0  0 0  8 50   184 11  ...  1 0 0 0  (-63)
 *           power1 2    3      4    Vrms   temp1        pulse
 *           2420 W               128.08 V  300.0 none   1
 *
 * Which structure it is follows from the node number only, and a packet of another length is another structure: it is
 * refused whole. Node decoders of emonhub.conf (`h` int16, `H` uint16, `l` int32, `L` uint32, `f` float32).
 */
export type EmonFieldType = 'int8' | 'uint8' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'float32';

export interface EmonField {
  readonly name: string;
  readonly type: EmonFieldType;
  /** What the number is multiplied with; 1 where absent. */
  readonly scale?: number | undefined;
}

export type EmonLayout = readonly EmonField[];

const SIZE = { int8: 1, uint8: 1, int16: 2, uint16: 2, int32: 4, uint32: 4, float32: 4 } as const;

const each = (names: readonly string[], type: EmonFieldType, scale = 1): EmonField[] =>
  names.map((name) => ({ name, type, scale }));
const numbered = (name: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${name}${index + 1}`);

const EMON_TX3: EmonLayout = [
  ...each(numbered('power', 4), 'int16'),
  { name: 'vrms', type: 'int16', scale: 0.01 },
  ...each(numbered('temp', 6), 'int16', 0.1),
  { name: 'pulse', type: 'uint32' },
];

const EMON_PI: EmonLayout = [
  ...each(['power1', 'power2', 'power1pluspower2'], 'int16'),
  { name: 'vrms', type: 'int16', scale: 0.01 },
  ...each(numbered('temp', 6), 'int16', 0.1),
  { name: 'pulse', type: 'uint32' },
];

const EMON_TX3_CM: EmonLayout = [
  { name: 'msg', type: 'uint32' },
  { name: 'vrms', type: 'int16', scale: 0.01 },
  ...each(numbered('p', 4), 'int16'),
  ...each(numbered('e', 4), 'int32'),
  // Hundredths here, where the older sketches have tenths.
  ...each(numbered('temp', 3), 'int16', 0.01),
  { name: 'pulse', type: 'uint32' },
];

/** The nodes as the units are delivered; 16 is an emonTx3 with its switch on. */
export const KNOWN_LAYOUTS: ReadonlyMap<number, EmonLayout> = new Map([
  [5, EMON_PI],
  [7, EMON_TX3],
  [8, EMON_TX3],
  [9, EMON_TX3],
  [10, EMON_TX3],
  [15, EMON_TX3_CM],
  [16, EMON_TX3_CM],
]);

/** The values of a packet by name in lower case; undefined where it does not have the length of the layout. */
export function decodePacket(bytes: Uint8Array, layout: EmonLayout): ReadonlyMap<string, number> | undefined {
  const length = layout.reduce((sum, { type }) => sum + SIZE[type], 0);
  if (bytes.length !== length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Map<string, number>();
  let offset = 0;
  for (const { name, type, scale = 1 } of layout) {
    const value = scaled(readNumber(view, offset, type), scale);
    if (Number.isFinite(value)) values.set(name.toLowerCase(), value);
    offset += SIZE[type];
  }
  return values;
}

function readNumber(view: DataView, offset: number, type: EmonFieldType): number {
  switch (type) {
    case 'int8':
      return view.getInt8(offset);
    case 'uint8':
      return view.getUint8(offset);
    case 'int16':
      return view.getInt16(offset, true);
    case 'uint16':
      return view.getUint16(offset, true);
    case 'int32':
      return view.getInt32(offset, true);
    case 'uint32':
      return view.getUint32(offset, true);
    case 'float32':
      return view.getFloat32(offset, true);
  }
}

/** A product without the tail of binary fractions: 12808 x 0.01 is 128.08. */
export function scaled(value: number, scale: number): number {
  const product = Number((value * scale).toPrecision(12));
  return product === 0 ? 0 : product;
}
