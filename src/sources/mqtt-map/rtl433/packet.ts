import { decodeText, parseJson } from '../../../mapping/json-text.ts';
import { isModel, plainName } from './models.ts';

/** One packet, or one field of it: who sent it, and its fields. */
export interface Packet {
  readonly model: string;
  readonly transmitter: string | undefined;
  readonly channel: string | undefined;
  readonly fields: ReadonlyMap<string, unknown>;
}

const MAX_BYTES = 16_384;

/** `{"time":"2019-10-13 20:28:58","model":"Efergy e2 CT","id":54534,"current":0.851, ...}` */
export function packetOfEvent(payload: Uint8Array): Packet | undefined {
  const json = parseJson(payload, MAX_BYTES);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  const fields = new Map<string, unknown>(Object.entries(json));
  const model = fields.get('model');
  if (typeof model !== 'string' || model.length > 256) return undefined;
  return {
    model,
    transmitter: label(fields.get('id') ?? fields.get('node') ?? fields.get('dev_id')),
    channel: label(fields.get('channel')),
    fields,
  };
}

/** Whether it is the one that the user listed. */
export function isFrom(
  meant: { readonly model: string; readonly transmitter: string; readonly channel: string | undefined },
  packet: Packet,
): boolean {
  return (
    isModel(meant.model, packet.model) &&
    packet.transmitter === meant.transmitter &&
    (meant.channel === undefined || packet.channel === meant.channel)
  );
}

/**
 * `rtl_433/<host>/devices/Efergy-e2CT/59956/current`: the levels behind the begin are model, perhaps subtype
 * and channel, id, and last the field.
 */
export function packetOfField(topic: string, beginLevels: number, payload: Uint8Array): Packet | undefined {
  const levels = topic.split('/').slice(beginLevels);
  const [model, ...rest] = levels;
  const field = rest.pop();
  if (model === undefined || field === undefined || plainName(model) === '') return undefined;
  const transmitter = rest.pop();
  return {
    model,
    transmitter,
    channel: rest.pop(),
    fields: new Map([[field, decodeText(payload, 256)]]),
  };
}

function label(value: unknown): string | undefined {
  return typeof value === 'number' || typeof value === 'string' ? String(value) : undefined;
}
