import { connect as connectTcp, isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { createWebSocketStream, WebSocket } from 'ws';
import { MqttLinkError } from './mqtt-error.ts';

/** Where the broker is, from its URL. */
export interface BrokerAddress {
  readonly scheme: 'mqtt' | 'mqtts' | 'ws' | 'wss';
  readonly host: string;
  readonly port: number;
  /** Path and query of a WebSocket. */
  readonly path: string;
  /** For messages; never holds a login. */
  readonly label: string;
  /** A login inside the URL, decoded. */
  readonly username: string | undefined;
  readonly password: string | undefined;
}

export interface TlsFiles {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly verifyCertificate: boolean;
}

const SCHEMES: ReadonlyMap<string, { scheme: BrokerAddress['scheme']; port: number }> = new Map([
  ['mqtt:', { scheme: 'mqtt', port: 1883 }],
  ['tcp:', { scheme: 'mqtt', port: 1883 }],
  ['mqtts:', { scheme: 'mqtts', port: 8883 }],
  ['ssl:', { scheme: 'mqtts', port: 8883 }],
  ['tls:', { scheme: 'mqtts', port: 8883 }],
  ['ws:', { scheme: 'ws', port: 80 }],
  ['wss:', { scheme: 'wss', port: 443 }],
]);

// A WebSocket frame larger than this is no MQTT packet that anybody meant for this program.
const MAX_WEBSOCKET_PAYLOAD_BYTES = 1024 * 1024;
/** Topic and properties, which come on top of the longest message. */
const PACKET_HEAD_BYTES = 128 * 1024;

/** Takes a broker URL apart. Throws a MqttLinkError `bad-url` that never repeats a login. */
export function parseBrokerUrl(url: string): BrokerAddress {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw badUrl('is not a URL');
  }
  const kind = SCHEMES.get(parsed.protocol);
  if (kind === undefined) throw badUrl(`begins with ${parsed.protocol}//`);
  if (parsed.hostname === '') throw badUrl('names no host');
  const host = parsed.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = parsed.port === '' ? kind.port : Number(parsed.port);
  if (port === 0) throw badUrl('names port 0');
  const isWeb = kind.scheme === 'ws' || kind.scheme === 'wss';
  const path = isWeb ? `${parsed.pathname === '' ? '/' : parsed.pathname}${parsed.search}` : '';
  return {
    scheme: kind.scheme,
    host,
    port,
    path,
    label: `${kind.scheme}://${isIP(host) === 6 ? `[${host}]` : host}:${port}${isWeb ? parsed.pathname : ''}`,
    username: decoded(parsed.username),
    password: decoded(parsed.password),
  };
}

function badUrl(problem: string): MqttLinkError {
  return new MqttLinkError(
    'bad-url',
    `the broker URL ${problem}; write mqtt://HOST:1883, mqtts://HOST:8883, ws://HOST:PORT/PATH or wss://...`,
  );
}

function decoded(part: string): string | undefined {
  if (part === '') return undefined;
  try {
    return decodeURIComponent(part);
  } catch {
    throw badUrl('holds a login with a stray % sign (write it as %25)');
  }
}

/**
 * Opens the byte stream to a broker; errors come as its `error` event. Nagle's algorithm is off: it would
 * hold a sample back until the broker's system has acknowledged the one before, up to 40 ms.
 */
export function openBrokerStream(
  address: BrokerAddress,
  tls: TlsFiles & { readonly maxIncomingBytes?: number },
): Duplex {
  const { host, port, scheme } = address;
  if (scheme === 'mqtt') {
    const socket = connectTcp({ host, port });
    socket.setNoDelay(true);
    return socket;
  }
  const security = { ca: tls.ca, cert: tls.cert, key: tls.key, rejectUnauthorized: tls.verifyCertificate };
  if (scheme === 'mqtts') {
    const servername = isIP(host) === 0 ? host : undefined;
    const socket = connectTls({ ...security, host, port, servername, minVersion: 'TLSv1.2' });
    socket.setNoDelay(true);
    return socket;
  }
  const url = `${scheme}://${isIP(host) === 6 ? `[${host}]` : host}:${port}${address.path}`;
  const socket = new WebSocket(url, ['mqtt'], {
    ...(scheme === 'wss' ? { ...security, minVersion: 'TLSv1.2' } : {}),
    perMessageDeflate: false,
    followRedirects: false,
    maxPayload: Math.max(MAX_WEBSOCKET_PAYLOAD_BYTES, (tls.maxIncomingBytes ?? 0) + PACKET_HEAD_BYTES),
  });
  const stream = createWebSocketStream(socket);
  // One frame for all that was written in one go, instead of one for each field of each packet.
  stream._writev = (chunks, done) => {
    stream._write(
      Buffer.concat(chunks.map(({ chunk }) => Buffer.from(chunk))),
      'buffer' as BufferEncoding,
      done,
    );
  };
  return stream;
}
