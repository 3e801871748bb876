import type { Duplex } from 'node:stream';
import type { Principal } from './access-rules.ts';
import type { Slot } from './admission.ts';
import type { PacketGate } from './packet-gate.ts';

/** One connection, from its arrival to its end. */
export interface Peer {
  readonly stream: Duplex;
  readonly slot: Slot;
  readonly gate: PacketGate;
  /** Granted filters and their QoS. */
  readonly filters: Map<string, number>;
  /** No subscription has ever had less: what comes with no more needs no look at the filters. */
  lowestQos: number;
  /** From CONNECT. */
  version: 3 | 4 | 5 | undefined;
  clientId: string | undefined;
  /** Set once it has logged in. */
  principal: Principal | undefined;
  isClosed: boolean;
  stopWaiting: () => void;
}

/** Says why and closes: CONNACK to a CONNECT (MQTT 3.2), else DISCONNECT where the client speaks MQTT 5 (3.14). */
export function dismiss(peer: Peer, reasonCode: number, closeLater: (close: () => void) => void): void {
  const { stream } = peer;
  const goodbye = farewell(peer, reasonCode);
  if (goodbye === undefined || stream.destroyed || !stream.writable) {
    stream.destroy();
    return;
  }
  if (peer.principal !== undefined) {
    stream.write(goodbye);
    stream.destroy();
    return;
  }
  // Closing with unread bytes would reset the connection, and the answer with it: they are read and dropped.
  stream.removeAllListeners('readable');
  stream.end(goodbye);
  stream.resume();
  closeLater(() => stream.destroy());
}

function farewell(peer: Peer, reasonCode: number): Buffer | undefined {
  if (peer.version === undefined) return undefined;
  if (peer.principal !== undefined)
    return peer.version === 5 ? Buffer.from([0xe0, 2, reasonCode, 0]) : undefined;
  return peer.version === 5
    ? Buffer.from([0x20, 3, 0, reasonCode, 0])
    : Buffer.from([0x20, 2, 0, returnCode(reasonCode)]);
}

/** The CONNACK return code of MQTT 3.1.1 (table 3.1) for a reason code of MQTT 5. */
export function returnCode(reasonCode: number): 2 | 3 | 5 {
  if (reasonCode === 0x85) return 2;
  return reasonCode === 0x88 || reasonCode === 0x89 ? 3 : 5;
}
