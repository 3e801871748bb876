import { type PlugMessage, parseObject, say } from './program.ts';

/**
 * Remote calls of Shelly's second generation over MQTT.
 *
 *     <prefix>/rpc   {"id":7,"src":"gateway","method":"Switch.GetStatus","params":{"id":0}}
 *     gateway/rpc    {"id":7,"src":"shellyplusplugs-...","dst":"gateway","result":{...}}
 *     gateway/rpc    {"id":7,"src":"shellyplusplugs-...","dst":"gateway","error":{"code":404,"message":"..."}}
 */
export type ShellyMethod = (params: Readonly<Record<string, unknown>>) => ShellyResult;

export type ShellyResult = { readonly result: unknown } | { readonly error: ShellyError };

interface ShellyError {
  readonly code: number;
  readonly message: string;
}

/** The answer, where there is one to give: a call without `src` has nowhere to send it, without `id` wants none. */
export function answerCall(
  deviceId: string,
  payload: Uint8Array,
  methods: ReadonlyMap<string, ShellyMethod>,
): PlugMessage | undefined {
  const call = parseObject(payload);
  const { id, src, method, params } = call ?? {};
  if (typeof src !== 'string' || !isTopic(src)) return undefined;
  const outcome =
    typeof method === 'string' ? callMethod(method, params, methods) : refuse(-103, 'Missing method!');
  if (id === undefined || id === null) return undefined;
  return say(`${src}/rpc`, { id, src: deviceId, dst: src, ...outcome });
}

// Whoever asks chooses the topic of the answer; it must be one that can be published to.
const isTopic = (text: string) => text.length > 0 && text.length <= 256 && !/[+#\p{Cc}\p{Cs}]/u.test(text);

function callMethod(name: string, params: unknown, methods: ReadonlyMap<string, ShellyMethod>): ShellyResult {
  const run = methods.get(name.toLowerCase());
  if (run === undefined) return refuse(404, `No handler for ${name}`);
  const isObject = typeof params === 'object' && params !== null && !Array.isArray(params);
  return run(isObject ? (params as Readonly<Record<string, unknown>>) : {});
}

export function refuse(code: number, message: string): ShellyResult {
  return { error: { code, message } };
}

/** A method of the component `switch:0`: refuses every other number. */
export function ofSwitch(run: ShellyMethod): ShellyMethod {
  return (params) => {
    if (params.id === 0) return run(params);
    return params.id === undefined
      ? refuse(-103, "Missing required argument 'id'!")
      : refuse(-105, `Argument 'id', value ${JSON.stringify(params.id)} not found!`);
  };
}
