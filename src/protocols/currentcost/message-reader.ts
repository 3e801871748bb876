/**
 * Finds the messages of a Current Cost display in its bytes.
 *
 *     ... 3C 6D 73 67 3E ............ 3C 2F 6D 73 67 3E [0D 0A] 3C 6D 73 67 3E ...
 *         <msg>          elements     </msg>             none,  <msg>
 *                                                        one or
 *                                                        many
 *
 * Some displays end a message with CR LF, some end none, and a cable may lose the line end: so messages are found by
 * their first and last tag (currentcost.com/cc128/xml.htm, section 2).
 */
export interface MessageReader {
  /** The messages that these bytes complete, from `<msg>` to `</msg>`. */
  take(bytes: Uint8Array): readonly string[];
  /** A message that was begun is never completed by what comes later. */
  reset(): void;
  readonly tooLong: number;
  /** Messages in which another one began. */
  readonly cut: number;
}

const BEGIN = '<msg>';
const END = '</msg>';
/** The longest known, with the history of ten sensors, has less than a quarter of it. */
const MAX_LENGTH = 16_384;

export function createMessageReader(): MessageReader {
  return new TaggedMessageReader();
}

class TaggedMessageReader implements MessageReader {
  tooLong = 0;
  cut = 0;
  #held = '';
  /** As far as no end was found. */
  #searched = 0;

  take(bytes: Uint8Array): readonly string[] {
    this.#held += Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    const isEnded = this.#held.includes(END, Math.max(0, this.#searched - END.length));
    const parts = isEnded ? this.#held.split(END) : [this.#held];
    this.#keep(parts.pop() ?? '');
    return parts.flatMap((part) => this.#messageIn(part));
  }

  reset(): void {
    if (this.#held.includes(BEGIN)) this.cut++;
    this.#keep('');
  }

  #messageIn(part: string): string[] {
    const begin = this.#lastBegin(part);
    const message = begin < 0 ? '' : part.slice(begin) + END;
    if (message.length > MAX_LENGTH) this.tooLong++;
    return message.length === 0 || message.length > MAX_LENGTH ? [] : [message];
  }

  // What cannot become a message any more is not kept.
  #keep(rest: string): void {
    const begin = this.#lastBegin(rest);
    this.#held = rest.slice(begin < 0 ? 1 - END.length : begin);
    if (this.#held.length > MAX_LENGTH) {
      this.tooLong++;
      this.#held = '';
    }
    this.#searched = this.#held.length;
  }

  #lastBegin(text: string): number {
    const last = text.lastIndexOf(BEGIN);
    if (last > text.indexOf(BEGIN)) this.cut++;
    return last;
  }
}
