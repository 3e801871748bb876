import type { SourceKind } from '../../sources/kind.ts';
import type { Observation, Observations } from './observations.ts';

/** A device that was recognised. */
export interface Finding {
  readonly kind: SourceKind;
  /** Keys of its section beside type, id, broker and devices; findings with the same ones share a section. */
  readonly section: Readonly<Record<string, unknown>>;
  /** Keys of its device beside id and name; undefined: it can be shown and not be configured. */
  readonly device: Readonly<Record<string, unknown>> | undefined;
  readonly name: string;
  readonly values: readonly FoundValue[];
  /** Topics at which its values come; they belong to no other finding. */
  readonly topics: readonly string[];
  /** What a person should know. */
  readonly note?: string;
}

/** One quantity and its last value in our unit, where one was seen. */
export interface FoundValue {
  readonly key: string;
  readonly value: number | undefined;
}

/** Finds the devices of one program; pure. */
export type Recogniser = (heard: Observations) => readonly Finding[];

/** The most often heard of some topics. */
export function liveliest(heard: Observations, topics: readonly string[]): Observation | undefined {
  let best: Observation | undefined;
  for (const topic of topics) {
    const found = heard.get(topic);
    if (found !== undefined && (best === undefined || found.live > best.live)) best = found;
  }
  return best;
}

/** A text out of a message, as a name: one line, not too long. */
export function nameText(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined;
  const plain = text
    .replaceAll(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, 100);
  return plain === '' ? undefined : plain;
}
