import { malformed, protocolError } from './packet-error.ts';
import { checkProperties } from './properties.ts';
import { WireReader } from './wire-reader.ts';

/**
 * CONNECT, the first packet of every client (MQTT 3.1.1 and 5.0, section 3.1), after its fixed header:
 *
 *     00 04 M Q T T | version 4 or 5 | flags | keep alive (2) | [5: properties] |
 *     client id | [will: [5: properties] topic, payload] | [user name] | [password]
 *
 *     flags   7 user name  6 password  5 will retain  4-3 will QoS  2 will  1 clean  0 reserved
 *
 * MQTT 3.1 writes `00 06 M Q I s d p` and version 3.
 */
export interface ConnectPacket {
  readonly version: 3 | 4 | 5;
  readonly isClean: boolean;
  readonly clientId: string;
  readonly willTopic: string | undefined;
  readonly username: string | undefined;
  readonly password: Buffer | undefined;
}

/** Decodes the body of a CONNECT. Throws a PacketError where it breaks the specification. */
export function decodeConnect(body: Buffer): ConnectPacket {
  const reader = new WireReader(body);
  const version = readVersion(reader);
  const flags = reader.byte();
  const has = (bit: number) => (flags & (1 << bit)) !== 0;
  if (has(0)) throw malformed('the reserved flag of CONNECT is set');
  const willQos = (flags >> 3) & 3;
  if (willQos === 3) throw malformed('the will has QoS 3');
  if (!has(2) && (willQos > 0 || has(5))) throw malformed('there are flags of a will, but no will');
  if (version < 5 && has(6) && !has(7)) throw malformed('there is a password, but no user name');
  reader.uint16();
  if (version === 5) checkProperties(reader, 'connect');
  const clientId = reader.text();
  const willTopic = has(2) ? readWill(reader, version) : undefined;
  const username = has(7) ? reader.text() : undefined;
  const password = has(6) ? reader.binary() : undefined;
  if (!reader.isAtEnd) throw malformed('CONNECT is longer than its fields');
  return { version, isClean: has(1), clientId, willTopic, username, password };
}

function readVersion(reader: WireReader): 3 | 4 | 5 {
  const name = reader.text();
  const version = reader.byte();
  if (name === 'MQIsdp' && version === 3) return 3;
  if (name === 'MQTT' && (version === 4 || version === 5)) return version;
  throw protocolError('this is not MQTT 3.1, 3.1.1 or 5');
}

function readWill(reader: WireReader, version: number): string {
  if (version === 5) checkProperties(reader, 'will');
  const topic = reader.text();
  reader.binary();
  return topic;
}
