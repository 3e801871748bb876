/** What aedes gives to be kept of a message: fields are handed back as they came, these are looked at. */
export interface StoredPacket {
  readonly topic: string;
  readonly payload: Buffer | string;
  readonly qos?: number;
  /** When it expires, milliseconds since 1970 (MQTT 5 message expiry). */
  readonly messageExpiry?: number | undefined;
  readonly properties?: Readonly<Record<string, unknown>> | undefined;
  readonly brokerId?: string | undefined;
  readonly brokerCounter?: number | undefined;
  messageId?: number | undefined;
}

// Objects and table entries cost too: a flood of tiny messages has to be bounded in bytes as well.
const OVERHEAD_BYTES = 400;

/** A copy in memory of its own: a payload is a view into all that arrived with it and would keep that alive. */
export function keepPacket(packet: StoredPacket): StoredPacket {
  const correlation = packet.properties?.correlationData;
  const properties = Buffer.isBuffer(correlation)
    ? { ...packet.properties, correlationData: copyOf(correlation) }
    : packet.properties;
  return { ...packet, payload: copyOf(packet.payload), ...(properties === undefined ? {} : { properties }) };
}

/** About how many bytes a message takes when it is kept. */
export function packetCost(packet: StoredPacket): number {
  return OVERHEAD_BYTES + packet.topic.length + packet.payload.length + valueCost(packet.properties);
}

function valueCost(value: unknown): number {
  if (typeof value === 'string' || Buffer.isBuffer(value)) return 50 + value.length;
  if (typeof value !== 'object' || value === null) return 0;
  let cost = 50;
  for (const [key, inner] of Object.entries(value)) cost += 50 + key.length + valueCost(inner);
  return cost;
}

function copyOf(payload: Buffer | string): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  // Not from the shared pool, where one small payload keeps eight kilobytes.
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}
