/**
 * One line of rfm_edf_ecomanager, the receiver for EDF EcoManager plugs and Current Cost transmitters.
 *
 *     {"type": "trx", "id": 123, "t": 1000, "sensors": {"1": 100}, "state": 1, "reply_to_poll": 1}
 *      tx   clamp,     radio id   ms since  W by clamp 1-3, what    relay      polled, or sent
 *           sends only            its start is 65535 or absent      trx only   by itself
 *      trx  plug                            is not measured
 *
 *     {PR: 895299}    a plug asks to be paired        ACK ..., NAK ...   answers to commands
 *     {pw: 895299 }   it was paired                   (info) ...         its log
 *
 * Printed by RxPacketFromSensor and Manager of github JackKelly/rfm_edf_ecomanager; 115200 8N1.
 */
export type EcoManagerLine =
  | {
      readonly kind: 'watts';
      readonly type: 'tx' | 'trx';
      readonly radio: number;
      /** Milliseconds since the receiver started; 0 again after 49.7 days. */
      readonly sentAtMs: number;
      /** By clamp, 1 to 3. */
      readonly watts: ReadonlyMap<number, number>;
      readonly relay: 'on' | 'off' | undefined;
    }
  | { readonly kind: 'pairing' }
  | { readonly kind: 'console' };

const PAIRING = /^\{\s*"?(?:pr|pw)"?\s*:\s*"?\d{1,10}"?\s*\}$/i;
const CONSOLE = /^(?:ACK|NAK|\()[\x20-\x7e]*$/;
const NOT_MEASURED = 0xffff;
const MAX_LENGTH = 512;

/** Reads one line; undefined where it is damaged. Never throws. */
export function parseEcoManagerLine(line: string): EcoManagerLine | undefined {
  const text = line.trim();
  if (text.length > MAX_LENGTH) return undefined;
  if (PAIRING.test(text)) return { kind: 'pairing' };
  if (!text.startsWith('{')) return CONSOLE.test(text) ? { kind: 'console' } : undefined;
  const fields = asRecord(parse(text));
  const type = own(fields, 'type');
  const radio = whole(own(fields, 'id'), 0xffff_ffff);
  const sentAtMs = whole(own(fields, 't'), 0xffff_ffff);
  const watts = readWatts(own(fields, 'sensors'));
  const state = own(fields, 'state');
  if (type !== 'tx' && type !== 'trx') return undefined;
  if (radio === undefined || sentAtMs === undefined || watts === undefined) return undefined;
  if (state !== undefined && (type === 'tx' || (state !== 0 && state !== 1))) return undefined;
  const relay = state === undefined ? undefined : state === 1 ? 'on' : 'off';
  return { kind: 'watts', type, radio, sentAtMs, watts, relay };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function asRecord(value: unknown): object | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
}

function own(record: object | undefined, key: string): unknown {
  return record !== undefined && Object.hasOwn(record, key)
    ? (record as Record<string, unknown>)[key]
    : undefined;
}

function whole(value: unknown, max: number): number | undefined {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max
    ? (value as number) + 0 // JSON knows -0
    : undefined;
}

function readWatts(value: unknown): ReadonlyMap<number, number> | undefined {
  const sensors = asRecord(value);
  if (sensors === undefined) return undefined;
  const watts = new Map<number, number>();
  for (const sensor of [1, 2, 3]) {
    if (!Object.hasOwn(sensors, sensor)) continue;
    const measured = whole(own(sensors, String(sensor)), NOT_MEASURED);
    if (measured === undefined) return undefined;
    if (measured !== NOT_MEASURED) watts.set(sensor, measured);
  }
  return watts;
}
