import { inspect } from 'node:util';
import type { Secret } from './types.ts';

class HiddenText implements Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '***';
  }

  toJSON(): string {
    return '***';
  }

  [inspect.custom](): string {
    return '***';
  }
}

/** Wraps a password so that no log, dump, JSON or message can show it; only `reveal()` gives it back. */
export function createSecret(text: string): Secret {
  return Object.freeze(new HiddenText(text));
}
