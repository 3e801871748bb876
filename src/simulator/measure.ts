import type { Phase, QuantityCode } from '../domain/quantity.ts';
import type { CircuitState, HouseState, Line, PowerState } from './house-state.ts';
import { LINES } from './house-state.ts';

/** What a meter on one circuit sees at one moment, in the units of the quantities. */
export interface HouseQuantities {
  /** When it was measured, ms since 1970. */
  readonly takenAt: number;
  /** Undefined for what such a meter cannot measure there. */
  value(code: QuantityCode, phase?: Phase): number | undefined;
}

/**
 * The view of a meter with `lines` lines on a circuit. A single-phase meter takes the whole circuit for its
 * one line; a three-phase meter on a single-phase load has current on that line only. Undefined for an
 * unknown circuit.
 */
export function measureCircuit(state: HouseState, name: string, lines: 1 | 3): HouseQuantities | undefined {
  const circuit = state.circuit(name);
  if (circuit === undefined) return undefined;
  const value =
    lines === 1
      ? (code: QuantityCode, phase?: Phase) => singlePhase(circuit, code, phase)
      : (code: QuantityCode, phase?: Phase) => threePhase(circuit, code, phase);
  return { takenAt: state.timeMs, value };
}

function singlePhase(circuit: CircuitState, code: QuantityCode, phase?: Phase): number | undefined {
  const isWhole = phase === undefined || phase === 'l1' || (phase === 'n' && code === 'i');
  if (!isWhole || code === 'rotation') return undefined;
  if (code === 'i') return circuit.s / circuit.v;
  return ofPower(circuit, code);
}

function threePhase(circuit: CircuitState, code: QuantityCode, phase?: Phase): number | undefined {
  if (code === 'rotation') return phase === undefined ? 1 : undefined;
  if (phase === undefined) return ofPower(circuit, code);
  if (isLine(phase)) return ofPower(circuit.lines[phase], code);
  const { l1, l2, l3 } = circuit.lines;
  if (code === 'v') {
    const pairs = { l1l2: between(l1.v, l2.v), l2l3: between(l2.v, l3.v), l3l1: between(l3.v, l1.v) };
    if (phase === 'l1l2' || phase === 'l2l3' || phase === 'l3l1') return pairs[phase];
    return phase === 'll' ? (pairs.l1l2 + pairs.l2l3 + pairs.l3l1) / 3 : undefined;
  }
  if (code !== 'i') return undefined;
  if (phase === 'sum') return l1.i + l2.i + l3.i;
  return phase === 'n' ? neutralCurrent(circuit) : undefined;
}

function isLine(phase: Phase): phase is Line {
  return phase === 'l1' || phase === 'l2' || phase === 'l3';
}

function ofPower(state: PowerState, code: QuantityCode): number | undefined {
  switch (code) {
    case 'p':
    case 'q':
    case 's':
    case 'v':
    case 'i':
    case 'f':
    case 'pf':
    case 'phi':
      return state[code];
    case 'i_thd':
      return state.iThd;
    case 'v_thd':
      return state.vThd;
    case 'alarm':
      return 0;
    case 'rotation':
    case 'relay':
    case 'temp':
      return undefined;
    default:
      return state.energy[code];
  }
}

/** Voltage between two lines 120 degrees apart. */
function between(a: number, b: number): number {
  return Math.sqrt(a * a + b * b + a * b);
}

/** The sum of the three line currents as vectors, each turned by its own angle. */
function neutralCurrent(circuit: CircuitState): number {
  let real = 0;
  let imaginary = 0;
  LINES.forEach((line, n) => {
    const { i, phi } = circuit.lines[line];
    const angle = ((-120 * n - phi) * Math.PI) / 180;
    real += i * Math.cos(angle);
    imaginary += i * Math.sin(angle);
  });
  return Math.sqrt(real * real + imaginary * imaginary);
}
