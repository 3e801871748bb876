import { type CircleMeter, createCircleMeter, type SimulatedCalibration } from './circle-meter.ts';
import { hex, hexFloat } from './stick-frames.ts';

/** One Circle of the simulated network. */
export interface SimulatedCircle {
  /** 16 hexadecimal digits. */
  readonly mac: string;
  /** W at a moment (ms since 1970); negative where it produces. With the relay off nothing flows. */
  readonly measure: (atMs: number) => number;
  readonly calibration?: SimulatedCalibration;
  /** Whether it is unplugged; a function is asked at each request. */
  readonly isDead?: boolean | (() => boolean);
  /** `v1`: firmware of 2008, whose answers have no sequence number and only one count. */
  readonly firmware?: 'v1' | '2009' | '2011';
  readonly isOn?: boolean;
  /** How far its clock is ahead of the true time at the start. */
  readonly clockErrorMs?: number;
}

/** A Circle that is plugged in. */
export interface RunningCircle {
  readonly options: SimulatedCircle;
  readonly meter: CircleMeter;
  readonly isDead: boolean;
  isOn: boolean;
  /** What it answers: id and the fields behind its MAC; undefined for a request that it does not know. */
  answer(id: string, fields: string, nowMs: number): NodeAnswer | undefined;
}

export interface NodeAnswer {
  readonly id: string;
  readonly fields: string;
}

const LOG_BASE = 0x44000;
const ENTRY_BYTES = 8;
const BLOCK_ENTRIES = 4;
const FIRMWARE_S = { v1: 1_219_765_560, 2009: 1_252_418_432, 2011: 1_309_161_600 } as const;
const CIRCLE_PLUS_TYPE = 1;
const CIRCLE_TYPE = 2;

export function plugIn(options: SimulatedCircle, isCirclePlus: boolean, nowMs: number): RunningCircle {
  const calibration = options.calibration ?? calibrationOf(options.mac);
  const watts = (atMs: number) => (circle.isOn ? options.measure(atMs) : 0);
  const circle: RunningCircle = {
    options,
    meter: createCircleMeter(calibration, watts, nowMs, options.clockErrorMs ?? 0),
    get isDead() {
      return typeof options.isDead === 'function' ? options.isDead() : options.isDead === true;
    },
    isOn: options.isOn ?? true,
    answer: (id, fields, atMs) => answerOf({ circle, calibration, isCirclePlus }, id, fields, atMs),
  };
  return circle;
}

interface Inside {
  readonly circle: RunningCircle;
  readonly calibration: SimulatedCalibration;
  readonly isCirclePlus: boolean;
}

function answerOf(inside: Inside, id: string, fields: string, nowMs: number): NodeAnswer | undefined {
  const { circle, calibration } = inside;
  circle.meter.countUntil(nowMs);
  const own = new Date(nowMs + circle.meter.clockErrorMs);
  const done = (code: string) => ({ id: '0000', fields: code });
  switch (id) {
    case '000D':
      return { id: '000E', fields: '434F0064' };
    case '0012':
      return { id: '0013', fields: powerFields(circle) };
    case '0016':
      circle.meter.clockErrorMs = timeOfDay(fields.slice(16, 22), 16, nowMs) - nowMs;
      return done('00D7');
    case '0017':
      circle.isOn = fields === '01';
      return done(circle.isOn ? '00D8' : '00DE');
    case '0023':
      return { id: '0024', fields: identity(inside, own) };
    case '0026': {
      const { gainA, gainB, totalOffset, noiseOffset } = calibration;
      return { id: '0027', fields: [gainA, gainB, totalOffset, noiseOffset].map(hexFloat).join('') };
    }
    case '0028':
      return inside.isCirclePlus ? done('00DF') : done('00E7');
    case '003E':
      return { id: '003F', fields: `${clockFields(own)}00` };
    case '0048':
      return { id: '0049', fields: logFields(circle.meter, Number.parseInt(fields, 16)) };
    default:
      return undefined;
  }
}

function powerFields({ meter, options }: RunningCircle): string {
  const counts = meter.counts();
  const second = hex(counts.lastSecond, 4);
  // In firmware of 2008 both words count one second.
  if (options.firmware === 'v1') return second + second + hex(counts.hourConsumed, 8);
  const both = second + hex(counts.lastEightSeconds, 4);
  return `${both}${hex(counts.hourConsumed, 8)}${hex(counts.hourProduced, 8)}0004`;
}

function identity({ circle, isCirclePlus }: Inside, own: Date): string {
  const firmware = FIRMWARE_S[circle.options.firmware ?? '2011'];
  return [
    stamp(own.getTime()),
    hex(LOG_BASE + circle.meter.log.length * ENTRY_BYTES, 8),
    circle.isOn ? '01' : '00',
    '85',
    '000004400107',
    hex(firmware, 8),
    hex(isCirclePlus ? CIRCLE_PLUS_TYPE : CIRCLE_TYPE, 2),
  ].join('');
}

function logFields(meter: CircleMeter, address: number): string {
  const first = Math.floor((address - LOG_BASE) / ENTRY_BYTES);
  const entries = Array.from({ length: BLOCK_ENTRIES }, (_, n) => {
    const entry = meter.log[first + n];
    return entry === undefined ? 'FFFFFFFFFFFFFFFF' : stamp(entry.endMs) + hex(entry.pulses, 8);
  });
  return entries.join('') + hex(address, 8);
}

// Year, month, minutes since the first of the month.
function stamp(ms: number): string {
  const date = new Date(ms);
  const monthMs = Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
  const minutes = Math.floor((ms - monthMs) / 60_000);
  return hex(date.getUTCFullYear() - 2000, 2) + hex(date.getUTCMonth() + 1, 2) + hex(minutes, 4);
}

function clockFields(date: Date): string {
  const weekday = (date.getUTCDay() + 6) % 7;
  return [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds(), weekday]
    .map((part) => hex(part, 2))
    .join('');
}

/** The moment next to `nearMs` at which it is that time of day. */
function timeOfDay(digits: string, base: number, nearMs: number): number {
  const part = (from: number) => Number.parseInt(digits.slice(from, from + 2), base);
  const midnight = Math.floor(nearMs / 86_400_000) * 86_400_000;
  const at = midnight + ((part(0) * 60 + part(2)) * 60 + part(4)) * 1000;
  return [at, at - 86_400_000, at + 86_400_000].reduce((a, b) =>
    Math.abs(b - nearMs) < Math.abs(a - nearMs) ? b : a,
  );
}

// Every Circle is a little different; the same one always the same. Rounded to the floats that it sends.
function calibrationOf(mac: string): SimulatedCalibration {
  const spread = (Number.parseInt(mac.slice(-4), 16) % 1000) / 1000;
  return {
    gainA: Math.fround(0.99 + 0.02 * spread),
    gainB: Math.fround(-1e-6 - 3e-6 * spread),
    totalOffset: 0,
    noiseOffset: Math.fround(0.03 * spread - 0.015),
  };
}
