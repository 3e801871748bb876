/*
 * PUBLISH at QoS 0, of MQTT 3.1.1 (clause 3.3) and MQTT 5.0 (clause 3.3):
 *
 *   | 0x30 + retain | remaining length 1-4 | topic length 2 | topic | properties | payload |
 *
 * Properties, in MQTT 5.0 only: | their length 1 | 0x02, message expiry interval 4 |, or a length of 0.
 */

interface Publication {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
  readonly expiryS: number | undefined;
  readonly topicLength: number;
  /** Of everything behind the remaining length. */
  readonly rest: number;
}

/** Least room taken into account for the fixed header. */
const TYPE_AND_LENGTH = 5;
const EXPIRY_LENGTH = 5;
const MESSAGE_EXPIRY = 0x02;

/**
 * Collects the values of one turn of the event loop and makes one piece of bytes of their packets. MQTT.js
 * allocates 5 KB and writes five pieces for each of them, which is most of what a gateway with a thousand plugs
 * would do (docs/decisions/0008).
 */
export class PublishBatch {
  #publications: Publication[] = [];
  #byteLength = 0;

  constructor(private readonly protocol: 5 | 4) {}

  /** An upper bound of the bytes that wait. */
  get byteLength(): number {
    return this.#byteLength;
  }

  add(topic: string, payload: string, retain: boolean, expiryS: number | undefined): void {
    const topicLength = Buffer.byteLength(topic);
    const properties = this.protocol === 4 ? 0 : 1 + (expiryS === undefined ? 0 : EXPIRY_LENGTH);
    const rest = 2 + topicLength + properties + Buffer.byteLength(payload);
    this.#publications.push({ topic, payload, retain, expiryS, topicLength, rest });
    this.#byteLength += TYPE_AND_LENGTH + rest;
  }

  /** The packets in the order in which they were added; undefined where there are none. */
  take(): Buffer | undefined {
    if (this.#publications.length === 0) return undefined;
    const bytes = Buffer.allocUnsafe(this.#byteLength);
    let at = 0;
    for (const publication of this.#publications) at = this.#write(bytes, at, publication);
    this.#publications = [];
    this.#byteLength = 0;
    return bytes.subarray(0, at);
  }

  #write(
    bytes: Buffer,
    from: number,
    { topic, payload, retain, expiryS, topicLength, rest }: Publication,
  ): number {
    let at = bytes.writeUInt8(retain ? 0x31 : 0x30, from);
    at = writeVariableLength(bytes, rest, at);
    at = bytes.writeUInt16BE(topicLength, at);
    at += bytes.write(topic, at);
    if (this.protocol === 5) {
      at = bytes.writeUInt8(expiryS === undefined ? 0 : EXPIRY_LENGTH, at);
      if (expiryS !== undefined) {
        at = bytes.writeUInt8(MESSAGE_EXPIRY, at);
        at = bytes.writeUInt32BE(expiryS, at);
      }
    }
    return at + bytes.write(payload, at);
  }
}

// MQTT 5.0, 1.5.5: seven bits a byte, the lowest first, the highest bit says that there is more.
function writeVariableLength(bytes: Buffer, length: number, from: number): number {
  let at = from;
  let left = length;
  do {
    const low = left & 0x7f;
    left >>>= 7;
    at = bytes.writeUInt8(left > 0 ? low | 0x80 : low, at);
  } while (left > 0);
  return at;
}
