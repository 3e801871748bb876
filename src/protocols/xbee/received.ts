/**
 * What an XBee module received from another one: the data of its frames. All numbers big-endian.
 *
 *     92 | source 64 | source 16 | options | sets | digital mask 16 | analog mask 8 | [digital 16] | analog 16 ...
 *     90 | source 64 | source 16 | options | payload
 *     91 | source 64 | source 16 | endpoints 2 x 8 | cluster 16 | profile 16 | options | payload
 *     82 | source 64 | rssi | options | sets | mask 16 | per set: [digital 16] | analog 16 ...
 *     83 | source 16 | rssi | options | sets | mask 16 | per set: [digital 16] | analog 16 ...
 *
 *     92: the digital word is there when its mask is not 0; bits 0 to 5 of the analog mask are AD0 to AD5, bit 7 the
 *         supply voltage; 1023 counts are 1200 mV. As 91 (AO=1) the same comes with cluster 0092, profile C105.
 *     82, 83 (802.15.4): bits 0 to 8 of the mask are digital, 9 to 14 are AD0 to AD5; full scale is the pin VREF.
 *
 * Digi XBee/XBee-PRO ZigBee RF Module User Guide, "Frame descriptions"; XBee 802.15.4 User Guide for 82 and 83.
 */
export type XBeeReceived =
  | ({ readonly kind: 'samples' } & Sender & IoSamples)
  | ({ readonly kind: 'payload'; readonly payload: Uint8Array } & Sender)
  /** Another type of frame: modem status, answers to commands. */
  | { readonly kind: 'other'; readonly frameType: number };

/** Who sent it, in lower-case hexadecimal; undefined where the module does not know. */
export interface Sender {
  readonly address64: string | undefined;
  readonly address16: string | undefined;
}

export interface IoSamples {
  /** Full scale in mV where the module has its own reference. */
  readonly fullScaleMv: number | undefined;
  /** Oldest first; at least one. */
  readonly sets: readonly IoSet[];
}

export interface IoSet {
  /** Counts of 1023 by channel 0 to 5, and of the supply voltage. */
  readonly analog: ReadonlyMap<AnalogChannel, number>;
  /** Lines of the mask, 0 to 15. */
  readonly digital: ReadonlyMap<number, 0 | 1>;
}

export type AnalogChannel = 0 | 1 | 2 | 3 | 4 | 5 | 'supply';

/** Counts at full scale. */
export const FULL_SCALE_COUNTS = 1023;
const OWN_REFERENCE_MV = 1200;
const SUPPLY_BIT = 7;
const CHANNELS = [0, 1, 2, 3, 4, 5] as const;
const IO_CLUSTER = 0x0092;
const DIGI_PROFILE = 0xc105;

/** Reads the data of one frame; undefined where it does not have the form of its type. Never throws. */
export function decodeReceived(data: Uint8Array): XBeeReceived | undefined {
  const view = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const body = view.subarray(1);
  switch (view[0]) {
    case 0x90:
      return body.length < 11
        ? undefined
        : { kind: 'payload', ...sender(body), payload: Uint8Array.from(body.subarray(11)) };
    case 0x91:
      return decodeExplicit(body);
    case 0x92:
      return body.length < 11 ? undefined : withSamples(sender(body), decodeSet(body.subarray(11)));
    case 0x82:
      return body.length < 10
        ? undefined
        : withSamples(
            { address64: hex(body.subarray(0, 8)), address16: undefined },
            decodeSets(body.subarray(10)),
          );
    case 0x83:
      return body.length < 4
        ? undefined
        : withSamples(
            { address64: undefined, address16: hex(body.subarray(0, 2)) },
            decodeSets(body.subarray(4)),
          );
    case undefined:
      return undefined;
    default:
      return { kind: 'other', frameType: view[0] };
  }
}

function decodeExplicit(body: Buffer): XBeeReceived | undefined {
  if (body.length < 17) return undefined;
  const payload = body.subarray(17);
  const isIo = body.readUInt16BE(12) === IO_CLUSTER && body.readUInt16BE(14) === DIGI_PROFILE;
  if (isIo) return withSamples(sender(body), decodeSet(payload));
  return { kind: 'payload', ...sender(body), payload: Uint8Array.from(payload) };
}

function withSamples(from: Sender, samples: IoSamples | undefined): XBeeReceived | undefined {
  return samples === undefined ? undefined : { kind: 'samples', ...from, ...samples };
}

function sender(body: Buffer): Sender {
  return { address64: hex(body.subarray(0, 8)), address16: hex(body.subarray(8, 10)) };
}

// All ones, and FFFE for a short address, say that it is not known.
function hex(address: Buffer): string | undefined {
  const text = address.toString('hex');
  return /^f+$/.test(text) || text === 'fffe' ? undefined : text;
}

function decodeSet(bytes: Buffer): IoSamples | undefined {
  if (bytes.length < 4 || bytes[0] !== 1) return undefined;
  const analogMask = bytes.readUInt8(3);
  const channels: AnalogChannel[] = CHANNELS.filter((channel) => (analogMask >> channel) & 1);
  if ((analogMask >> SUPPLY_BIT) & 1) channels.push('supply');
  // Bit 6 is no input of any module.
  if ((analogMask >> 6) & 1) return undefined;
  const sets = readSets(bytes.subarray(4), 1, bytes.readUInt16BE(1), channels);
  return sets && { fullScaleMv: OWN_REFERENCE_MV, sets };
}

function decodeSets(bytes: Buffer): IoSamples | undefined {
  if (bytes.length < 3) return undefined;
  const mask = bytes.readUInt16BE(1);
  if (mask >> 15) return undefined;
  const channels = CHANNELS.filter((channel) => (mask >> (9 + channel)) & 1);
  const sets = readSets(bytes.subarray(3), bytes.readUInt8(0), mask & 0x01ff, channels);
  return sets && { fullScaleMv: undefined, sets };
}

function readSets(
  bytes: Buffer,
  count: number,
  digitalMask: number,
  channels: readonly AnalogChannel[],
): readonly IoSet[] | undefined {
  const size = (digitalMask === 0 ? 0 : 2) + 2 * channels.length;
  if (count < 1 || size === 0 || bytes.length !== count * size) return undefined;
  const sets: IoSet[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    const set = readSet(bytes.subarray(at, at + size), digitalMask, channels);
    if (set === undefined) return undefined;
    sets.push(set);
  }
  return sets;
}

function readSet(bytes: Buffer, digitalMask: number, channels: readonly AnalogChannel[]): IoSet | undefined {
  const digital = new Map<number, 0 | 1>();
  if (digitalMask !== 0) {
    const word = bytes.readUInt16BE(0);
    for (let line = 0; line < 16; line++)
      if ((digitalMask >> line) & 1) digital.set(line, (word >> line) & 1 ? 1 : 0);
  }
  const analog = new Map<AnalogChannel, number>();
  const first = digitalMask === 0 ? 0 : 2;
  for (const [index, channel] of channels.entries()) {
    const counts = bytes.readUInt16BE(first + 2 * index);
    // The supply is measured beyond the reference: 3.3 V are 2813 counts.
    if (channel !== 'supply' && counts > FULL_SCALE_COUNTS) return undefined;
    analog.set(channel, counts);
  }
  return { analog, digital };
}
