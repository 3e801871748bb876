/** Tells on stderr how far the search is. */
export interface ScanProgress {
  /** A new part begins: other settings, other units. */
  begin(text: string): void;
  /** Where it is now; a terminal shows each, a file only what `say` and `begin` write. */
  at(text: string): void;
  /** Something that stays on the screen. */
  say(text: string): void;
  end(): void;
}

/** Rewrites one line on a terminal; elsewhere writes few lines and no control characters. */
export function createProgress(stream: { isTTY?: boolean; write(text: string): unknown }): ScanProgress {
  const isTerminal = stream.isTTY === true;
  const clear = () => {
    if (isTerminal) stream.write('\r\x1b[K');
  };
  let part = '';
  return {
    begin(text) {
      part = text;
      if (isTerminal) this.at('');
      else stream.write(`${text}\n`);
    },
    at(text) {
      if (!isTerminal) return;
      clear();
      stream.write([part, text].filter((each) => each !== '').join(': '));
    },
    say(text) {
      clear();
      stream.write(`${text}\n`);
    },
    end: clear,
  };
}
