import type { RegisterType, WordOrder } from '../../../src/meters/profile.ts';

type Put = (view: DataView, value: number) => void;

const LAYOUTS: Readonly<Record<string, { readonly bytes: number; readonly put: Put }>> = {
  int16: { bytes: 2, put: (view, value) => view.setInt16(0, value) },
  uint16: { bytes: 2, put: (view, value) => view.setUint16(0, value) },
  pf4q16: { bytes: 2, put: (view, value) => view.setInt16(0, value) },
  int32: { bytes: 4, put: (view, value) => view.setInt32(0, value) },
  uint32: { bytes: 4, put: (view, value) => view.setUint32(0, value) },
  acc32: { bytes: 4, put: (view, value) => view.setUint32(0, value) },
  float32: { bytes: 4, put: (view, value) => view.setFloat32(0, value) },
  pf4q32: { bytes: 4, put: (view, value) => view.setFloat32(0, value) },
  int64: { bytes: 8, put: (view, value) => view.setBigInt64(0, BigInt(value)) },
  uint64: { bytes: 8, put: (view, value) => view.setBigUint64(0, BigInt(value)) },
  float64: { bytes: 8, put: (view, value) => view.setFloat64(0, value) },
};

/** The meter's side of a value, written without the code under test: from a number to words on the wire. */
export function encodeWords(type: RegisterType, wordOrder: WordOrder, value: number): number[] {
  const words = mostSignificantFirst(type, value);
  return wordOrder === 'big' ? words : words.reverse();
}

function mostSignificantFirst(type: RegisterType, value: number): number[] {
  if (type === 'int16sm') return [value < 0 ? 0x8000 - value : value];
  if (type.startsWith('mod10k')) return groupsOfFourDigits(value, Number(type.slice(-1)));
  const layout = LAYOUTS[type];
  if (layout === undefined) throw new Error(`no layout for ${type}`);
  const view = new DataView(new ArrayBuffer(layout.bytes));
  layout.put(view, value);
  return Array.from({ length: layout.bytes / 2 }, (_, index) => view.getUint16(index * 2));
}

function groupsOfFourDigits(value: number, count: number): number[] {
  const digits = String(value).padStart(count * 4, '0');
  return Array.from({ length: count }, (_, index) => Number(digits.slice(index * 4, index * 4 + 4)));
}
