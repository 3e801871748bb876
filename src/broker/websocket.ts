import { createServer, type Server } from 'node:http';
import { createWebSocketStream, WebSocketServer } from 'ws';
import type { Clock } from '../lib/clock.ts';
import type { Doorman } from './doorman.ts';

/** MQTT over WebSocket (MQTT 5.0 section 6): binary frames, subprotocol `mqtt`, any path. */
export function createWebsocketServer(
  doorman: Doorman,
  options: {
    readonly maxPacketBytes: number;
    readonly connectTimeoutMs: number;
    readonly clock: Clock;
  },
): { readonly server: Server; close(): void } {
  const server = createServer((_request, response) => {
    response.writeHead(426, { 'content-type': 'text/plain', connection: 'close' });
    response.end('This is an MQTT broker: connect with WebSocket and the subprotocol mqtt.\n');
  });
  // All sockets of this listener, those that have not become a WebSocket among them.
  server.maxConnections = MAX_SOCKETS;
  const upgraded = new WeakSet<object>();
  server.on('connection', (socket) => {
    const cancel = options.clock.timer(options.connectTimeoutMs, () => {
      if (!upgraded.has(socket)) socket.destroy();
    });
    socket.once('close', cancel);
  });
  const websockets = new WebSocketServer({
    server,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: options.maxPacketBytes + 16,
    handleProtocols: (offered) => SUBPROTOCOLS.find((protocol) => offered.has(protocol)) ?? false,
  });
  websockets.on('connection', (websocket, request) => {
    const stream = createWebSocketStream(websocket, { readableObjectMode: false });
    upgraded.add(request.socket);
    // An idle connection is told from a lost one by TCP, as on the other listener.
    request.socket.setKeepAlive(true, 60_000);
    doorman.arrive(stream, request.socket.remoteAddress ?? '');
  });
  websockets.on('error', ignore);
  return {
    server,
    close() {
      websockets.close();
      server.close();
      server.closeAllConnections();
    },
  };
}

const SUBPROTOCOLS = ['mqtt', 'mqttv3.1'] as const;
const MAX_SOCKETS = 1000;

function ignore(): void {}
