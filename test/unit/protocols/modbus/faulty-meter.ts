import type { Delivery } from '../../../support/fake-stream.ts';
import { type Asked, refusing } from './bus-rig.ts';
import { answerPdu, type FramingName, frameOf } from './reference-frames.ts';

const FAULTS = [
  'none',
  'late',
  'late-twice',
  'twice',
  'lost',
  'damaged',
  'other-unit',
  'short',
  'long',
  'garbage-before',
  'garbage-after',
  'echo',
  'pause',
  'refusal',
  'refusal-twice',
  'late-refusal',
] as const;
export type Fault = (typeof FAULTS)[number];

/** What became of one request at the far end. */
export interface Told {
  readonly fault: Fault;
  readonly words: readonly number[];
  /** Whether the answer was right and there in time, so that it must not be thrown away. */
  readonly isGood: boolean;
}

export interface FaultyMeter {
  /** What request number `index` was answered with. */
  readonly told: readonly Told[];
  answer(asked: Asked, index: number): Delivery[];
}

/** The one word that belongs to this register in this request and in no other. */
function wordOf(asked: Asked, register: number, index: number): number {
  let mixed = Math.imul(asked.unitId * 65_536 + asked.address + register, 0x9e3779b1) ^ index;
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
  return (mixed ^ (mixed >>> 13)) & 0xffff;
}

/**
 * Units of one line that answer each request with values that name it, and with a fault now and then. A unit
 * works on one request after the other, so its answers keep their order; so do second copies, unless they
 * come within 55 ms.
 */
export function createFaultyMeter(
  framing: FramingName,
  chance: (below: number) => number,
  timeoutMs: (asked: Asked) => number,
  nowMs: () => number,
): FaultyMeter {
  const told: Told[] = [];
  const busyUntil = new Map<number, number>();
  let planned: number[] = [];

  function answer(asked: Asked, index: number): Delivery[] {
    const timeout = timeoutMs(asked);
    const now = nowMs();
    const words = Array.from({ length: asked.count }, (_, i) => wordOf(asked, i, index));
    const pdu = answerPdu(asked.functionCode, words);
    let fault: Fault = chance(3) > 0 ? 'none' : (FAULTS[chance(FAULTS.length)] ?? 'none');
    const wishedMs = fault.startsWith('late') ? timeout + 10 + chance(1200) : 5 + chance(60);
    const afterMs = Math.max(wishedMs, (busyUntil.get(asked.unitId) ?? 0) - now + 1);
    const isInTime = afterMs < timeout - 5;
    // One fault at a time: what comes late comes whole, and to whom it belongs.
    if (!isInTime && !fault.startsWith('late')) fault = afterMs > timeout + 1250 ? 'lost' : 'late';
    if (fault === 'none' && chance(20) === 0) fault = 'twice';
    // On a line of two wires nobody can talk inside another's frame: then there is no pause in it.
    if (fault === 'pause' && planned.some((at) => at > now + afterMs - 5 && at < now + afterMs + 330))
      fault = 'none';
    const deliveries = deliver(fault, asked, pdu, afterMs);
    planned = [...planned.filter((at) => at > now), ...deliveries.map((each) => now + each.afterMs)];
    const [first, copy] = deliveries;
    const apartMs = (copy?.afterMs ?? 0) - (first?.afterMs ?? 0);
    const isOvertaken = fault.endsWith('twice') && apartMs < 55;
    busyUntil.set(asked.unitId, now + ((isOvertaken ? first : deliveries.at(-1))?.afterMs ?? 0));
    const isAnswer = ['none', 'twice', 'garbage-before', 'garbage-after', 'echo', 'pause'].includes(fault);
    told[index] = { fault, words, isGood: isAnswer && isInTime };
    return deliveries;
  }

  function deliver(fault: Fault, asked: Asked, pdu: readonly number[], afterMs: number): Delivery[] {
    const frame = frameOf(framing, asked.unitId, pdu, asked.transactionId);
    const at = (ms: number, bytes: Uint8Array): Delivery => ({ afterMs: ms, bytes });
    const noise = () => Uint8Array.from({ length: 1 + chance(6) }, () => 0x80 + chance(100));
    const cut = 1 + chance(frame.length - 1);
    switch (fault) {
      case 'lost':
        return [];
      case 'twice':
      case 'late-twice':
        return [at(afterMs, frame), at(afterMs + chance(140), frame)];
      case 'damaged': {
        const damaged = frame.slice();
        // The digits of ASCII frames have two cases: the lowest bit always changes the value.
        const place = framing === 'mbap' ? chance(4) : chance(frame.length);
        damaged[place] = (damaged[place] ?? 0) ^ 0x01;
        return [at(afterMs, damaged)];
      }
      case 'other-unit':
        return [at(afterMs, frameOf(framing, (asked.unitId % 3) + 1, pdu, asked.transactionId))];
      case 'short':
      case 'long': {
        const words = fault === 'short' ? pdu.slice(2, -2) : [...pdu.slice(2), 1, 2];
        const other = [asked.functionCode, words.length, ...words];
        return [at(afterMs, frameOf(framing, asked.unitId, other, asked.transactionId))];
      }
      case 'garbage-before':
        return [at(afterMs - 2, noise()), at(afterMs, frame)];
      case 'garbage-after':
        return [at(afterMs, Uint8Array.from([...frame, ...noise()])), at(afterMs + 2 + chance(50), noise())];
      case 'echo':
        return [at(1, requestOf(framing, asked)), at(afterMs, frame)];
      case 'pause':
        return [at(afterMs, frame.slice(0, cut)), at(afterMs + 20 + chance(300), frame.slice(cut))];
      case 'refusal':
      case 'late-refusal':
        return [at(afterMs, refusing(framing, asked, 2))];
      case 'refusal-twice':
        return [
          at(afterMs, refusing(framing, asked, 2)),
          at(afterMs + chance(140), refusing(framing, asked, 2)),
        ];
      case 'none':
      case 'late':
        return [at(afterMs, frame)];
    }
  }

  return { told, answer };
}

function requestOf(framing: FramingName, asked: Asked): Uint8Array {
  const { functionCode, address, count } = asked;
  const pdu = [functionCode, address >> 8, address & 0xff, count >> 8, count & 0xff];
  return frameOf(framing, asked.unitId, pdu, asked.transactionId);
}
