import { type JsonObject, member } from '../payload.ts';

/*
 * JSON-RPC over MQTT. A request goes to <prefix>/rpc and names in `src` where the answer is wanted; the device
 * publishes it at <src>/rpc:
 *
 *   {"id":8123,"src":"busbar/shellies-5f1c20","method":"Shelly.GetStatus"}
 *   {"id":8123,"src":"shellyplusplugs-3ce90e304de4","dst":"busbar/...","result":{"switch:0":{...}}}
 *   {"id":8123,"src":"shellyplusplugs-3ce90e304de4","dst":"busbar/...","error":{"code":404,"message":"..."}}
 */
export type Method = 'Shelly.GetStatus' | 'Shelly.GetDeviceInfo';

export interface Request<T> {
  readonly to: T;
  readonly method: Method;
  readonly sentAt: number;
}

/** Requests that wait for their answer; an answer that nobody waits for is none. */
export interface Requests<T> {
  /** The text of a new request. It takes the place of an earlier one with the same method to the same device. */
  open(to: T, method: Method, at: number): string;
  /** The request that a frame answers, once; undefined where none is open under its id. */
  match(frame: JsonObject): Request<T> | undefined;
  clear(): void;
}

/** `firstId` is drawn by lot, so that answers from before a restart fit no request. */
export function createRequests<T>(replyTo: string, firstId: number): Requests<T> {
  const open = new Map<number, Request<T>>();
  let nextId = firstId;
  return {
    open(to, method, at) {
      for (const [id, request] of open) if (request.to === to && request.method === method) open.delete(id);
      const id = nextId;
      nextId = id >= MAX_ID ? 1 : id + 1;
      open.set(id, { to, method, sentAt: at });
      return JSON.stringify({ id, src: replyTo, method });
    },
    match(frame) {
      const id = member(frame, 'id');
      const request = typeof id === 'number' ? open.get(id) : undefined;
      if (request !== undefined) open.delete(id as number); // found under it, so it is a number
      return request;
    },
    clear: () => open.clear(),
  };
}

/** Devices keep ids in 31 bits. */
const MAX_ID = 0x7fff_ffff;
