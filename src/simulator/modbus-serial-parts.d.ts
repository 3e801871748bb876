// The package types its entry file only; these inner parts of it are plain functions.

declare module 'modbus-serial/servers/servertcp_handler.js' {
  export type Answered = (error: { readonly modbusErrorCode: number } | null, answer?: Buffer) => void;
  /** Reads the request (unit, function, fields, two bytes for a CRC) and answers through the callback. */
  export type Handler = (
    request: Buffer,
    vector: object,
    unitId: number,
    answered: Answered,
    functionCode: number,
  ) => void;
  const handlers: {
    readonly readMultipleRegisters: Handler;
    readonly readInputRegisters: Handler;
    readonly reportServerID: Handler;
    readonly handleMEI: Handler;
  };
  export default handlers;
}

declare module 'modbus-serial/servers/servertcp.js' {
  import type { EventEmitter } from 'node:events';
  import type { Server, Socket } from 'node:net';

  export default class ServerTCP extends EventEmitter {
    constructor(vector: object, options: { readonly host: string; readonly port: number | string });
    readonly _server: Server;
    readonly socks: Map<Socket, 0>;
    close(done?: (error?: Error) => void): void;
  }
}

declare module 'modbus-serial/utils/crc16.js' {
  export default function crc16(bytes: Uint8Array): number;
}
