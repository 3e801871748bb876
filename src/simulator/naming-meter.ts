import type { RegisterTable, WordOrder } from '../meters/profile.ts';
import type { MeterModel } from './meter-model.ts';

/**
 * A meter for tests whose every value names the request that it answers, so that a test can count the values
 * that come from another request's answer.
 *
 *     float32, uint32    a number below 2^24 (exact in both):
 *                        table (1 bit: holding 1) | address (16 bits) | transaction modulo 128 (7 bits)
 *     uint16             table (1 bit) | address modulo 512 (9 bits) | transaction modulo 64 (6 bits)
 *
 * Values of 32 bits begin at even addresses, or at odd ones with `firstAddress: 1`. The transaction is the
 * number of the read in this meter, from 1.
 */
export interface NamingMeter extends MeterModel {
  /** Reads so far, refused ones not counted. */
  readonly transactions: number;
}

export interface NamingOptions {
  readonly type: 'float32' | 'uint32' | 'uint16';
  readonly wordOrder?: WordOrder;
  readonly firstAddress?: 0 | 1;
}

export interface ValueName {
  readonly table: RegisterTable;
  /** Of uint16 values modulo 512. */
  readonly address: number;
  /** Modulo 128, of uint16 values modulo 64. */
  readonly transaction: number;
}

export function createNamingMeter(options: NamingOptions = { type: 'float32' }): NamingMeter {
  const { type, wordOrder = 'big', firstAddress = 0 } = options;
  let transactions = 0;
  const wordAt = (table: RegisterTable, address: number): number => {
    if (type === 'uint16') return narrowName({ table, address, transaction: transactions });
    const isSecond = (address - firstAddress) % 2 !== 0;
    const start = isSecond ? address - 1 : address;
    const bits = asBits(wideName({ table, address: start, transaction: transactions }), type);
    const isHigh = isSecond === (wordOrder === 'little');
    return isHigh ? bits >>> 16 : bits & 0xffff;
  };
  return {
    get transactions() {
      return transactions;
    },
    read(table, address, count) {
      transactions++;
      return Array.from({ length: count }, (_, n) => wordAt(table, address + n));
    },
  };
}

/** What a decoded value says. Undefined for a number that no naming meter gives. */
export function nameOfValue(value: number, type: NamingOptions['type']): ValueName | undefined {
  if (!Number.isInteger(value) || value < 0 || value >= (type === 'uint16' ? 2 ** 16 : 2 ** 24))
    return undefined;
  const [tableBit, transactionBits] = type === 'uint16' ? [15, 6] : [23, 7];
  return {
    table: value >= 2 ** tableBit ? 'holding' : 'input',
    address: (value % 2 ** tableBit) >> transactionBits,
    transaction: value % 2 ** transactionBits,
  };
}

function wideName({ table, address, transaction }: ValueName): number {
  return (table === 'holding' ? 2 ** 23 : 0) + (address & 0xffff) * 128 + (transaction % 128);
}

function narrowName({ table, address, transaction }: ValueName): number {
  return (table === 'holding' ? 2 ** 15 : 0) + (address % 512) * 64 + (transaction % 64);
}

function asBits(value: number, type: 'float32' | 'uint32'): number {
  if (type === 'uint32') return value;
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  return view.getUint32(0);
}
