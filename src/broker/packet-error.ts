/** Why a connection, a packet or a message was refused: the words under which it is counted. */
export const REFUSALS = [
  'too-many-connections',
  'too-many-from-address',
  'connect-timeout',
  'malformed-packet',
  'protocol-error',
  'packet-too-large',
  'client-id',
  'topic',
  'login',
  'login-busy',
  'in-flight',
  'memory',
  'publish-denied',
  'subscribe-denied',
  'subscription-limit',
  'retained-limit',
] as const;
export type Refusal = (typeof REFUSALS)[number];

/** MQTT 5 reason codes this broker uses (section 2.4). */
export const REASON = {
  malformed: 0x81,
  protocolError: 0x82,
  clientId: 0x85,
  badLogin: 0x86,
  notAuthorised: 0x87,
  serverUnavailable: 0x88,
  serverBusy: 0x89,
  topicFilter: 0x8f,
  topicName: 0x90,
  receiveMaximum: 0x93,
  packetTooLarge: 0x95,
  quotaExceeded: 0x97,
} as const;

/** What a client sent cannot be let through; the connection ends with this reason. */
export class PacketError extends Error {
  override readonly name = 'PacketError';
  constructor(
    readonly refusal: Refusal,
    readonly reasonCode: number,
    message: string,
  ) {
    super(message);
  }
}

export function malformed(message: string): PacketError {
  return new PacketError('malformed-packet', REASON.malformed, message);
}

export function protocolError(message: string): PacketError {
  return new PacketError('protocol-error', REASON.protocolError, message);
}
