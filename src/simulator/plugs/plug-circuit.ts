import type { House } from '../house.ts';
import { measureCircuit } from '../measure.ts';

/** What a plug sees of its circuit at one moment. */
export interface PlugView {
  /** W, positive into the load. */
  readonly p: number;
  /** var */
  readonly q: number;
  /** VA */
  readonly s: number;
  /** V */
  readonly v: number;
  /** A */
  readonly i: number;
}

/** A circuit of the house behind the relay of a plug. */
export interface PlugCircuit {
  readonly isOn: boolean;
  switchTo(isOn: boolean, at: number): void;
  /** Without load while the relay is open; the voltage stays. */
  view(at: number): PlugView;
  /** Energy that has flowed through the plug in both directions since ever, Wh. */
  energyWh(at: number): number;
}

/** Throws an Error for a circuit that the house does not have. */
export function createPlugCircuit(house: House, measures: string): PlugCircuit {
  const valueAt = (at: number) => {
    const quantities = measureCircuit(house.at(at), measures, 1);
    if (quantities === undefined) throw new Error(`the house has no circuit ${measures}`);
    return (code: 'p' | 'q' | 's' | 'v' | 'i' | 'e_tot') => quantities.value(code) ?? 0;
  };
  const houseWh = (at: number) => valueAt(at)('e_tot') * 1000;
  // The house does not know of the relay: what it counts while the relay is open did not flow here.
  let withheldWh = 0;
  let openedAtWh: number | undefined;
  return {
    get isOn() {
      return openedAtWh === undefined;
    },
    switchTo(isOn, at) {
      if (isOn && openedAtWh !== undefined) {
        withheldWh += houseWh(at) - openedAtWh;
        openedAtWh = undefined;
      } else if (!isOn) openedAtWh ??= houseWh(at);
    },
    view(at) {
      const value = valueAt(at);
      if (openedAtWh !== undefined) return { p: 0, q: 0, s: 0, v: value('v'), i: 0 };
      return { p: value('p'), q: value('q'), s: value('s'), v: value('v'), i: value('i') };
    },
    energyWh: (at) => (openedAtWh ?? houseWh(at)) - withheldWh,
  };
}

/** A value as the product shows it. */
export function rounded(value: number, decimals: number): number {
  const factor = 10 ** decimals;
  return Math.round(value * factor) / factor + 0; // + 0: never -0
}

/** A counter as the product shows it: it has not counted what is not full yet. */
export function counted(value: number, decimals: number): number {
  const factor = 10 ** decimals;
  // A sum such as 12.3 may have come out as 12.299999999999.
  return Math.floor(value * factor + 1e-6) / factor;
}

/** The same number from 0 to 2^32 - 1 for the same text: addresses, serial numbers, phases. */
export function numberOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** An address of twelve hexadecimal digits in upper case that belongs to the text. */
export function macOf(maker: string, text: string): string {
  return `${maker}${(numberOf(text) & 0xffffff).toString(16).padStart(6, '0')}`.toUpperCase();
}
