/**
 * A simulated program or plug that speaks to a broker: what it says and answers, as values. It knows no
 * socket and no clock; `at` is always the time of the house in milliseconds since 1970.
 */
export interface PlugProgram {
  /** For people: `zigbee2mqtt`, `tasmota washer`. */
  readonly label: string;
  readonly clientId: string;
  /** What the broker says when it vanishes. */
  readonly will: PlugMessage;
  readonly filters: readonly string[];
  /** What it says when it has come to the broker, for the first time or again. */
  onConnect(at: number): readonly PlugMessage[];
  /** What it says by itself; asked about once a second. */
  onTick(at: number): readonly PlugMessage[];
  onMessage(topic: string, payload: Uint8Array, at: number): readonly PlugMessage[];
  /** What it says when it is ended in good order; a plug whose power goes says nothing. */
  onEnd?(at: number): readonly PlugMessage[];
  /** It starts anew: what it keeps in its working memory alone is lost. */
  restart(at: number): void;
  /** From now on the plug of this name (of a program with several), or every one, has the fault; undefined ends it. */
  setFault(fault: PlugFault | undefined, plug?: string): void;
}

/**
 * `silent`: hangs; it says and answers nothing, and its connection stays. `sentinel`: sends what such a plug
 * sends instead of a power that it does not have.
 */
export type PlugFault = 'silent' | 'sentinel';

export interface PlugMessage {
  readonly topic: string;
  readonly payload: string;
  readonly isRetained: boolean;
}

/** A message; what is not text goes as JSON. */
export function say(topic: string, payload: unknown): PlugMessage {
  return {
    topic,
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
    isRetained: false,
  };
}

/** A message that the broker keeps for those who come later. */
export function sayRetained(topic: string, payload: unknown): PlugMessage {
  return { ...say(topic, payload), isRetained: true };
}

/** A JSON object from outside, or nothing. */
export function parseObject(payload: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(payload).toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined; // what is no JSON is as good as no message
  }
}
