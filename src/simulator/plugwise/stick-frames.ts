/**
 * The two directions of the wire as the stick sees them; written for the simulator alone, so that no codec is
 * tested against itself.
 *
 *     | 05 05 03 03 | text, upper-case hexadecimal digits | checksum of the text, 4 digits | 0D 0A |
 *
 * Checksum: polynomial 0x1021, start 0, over the characters.
 */
const HEADER = '\x05\x05\x03\x03';
const END = '\r\n';
const MAX_WAITING = 512;

/** What arrived between a header and its line end. */
export interface ArrivedText {
  readonly text: string;
  readonly isIntact: boolean;
}

/** The bytes of one frame; with `isDamaged` its checksum does not fit. */
export function frameBytes(text: string, isDamaged = false): Uint8Array {
  const sum = checksum(text) ^ (isDamaged ? 0x0101 : 0);
  return Buffer.from(`${HEADER}${text}${hex(sum, 4)}${END}`, 'latin1');
}

/** Collects bytes and gives the requests among them. */
export function createRequestCollector(): (bytes: Uint8Array) => readonly ArrivedText[] {
  let waiting = '';
  return (bytes) => {
    waiting += Buffer.from(bytes).toString('latin1');
    const arrived: ArrivedText[] = [];
    for (;;) {
      const from = waiting.indexOf(HEADER);
      const to = from < 0 ? -1 : waiting.indexOf(END, from);
      if (to < 0) break;
      const inside = waiting.slice(from + HEADER.length, to);
      waiting = waiting.slice(to + END.length);
      const text = inside.slice(0, -4);
      arrived.push({ text, isIntact: hex(checksum(text), 4) === inside.slice(-4) });
    }
    waiting = waiting.slice(-MAX_WAITING);
    return arrived;
  };
}

/** Upper-case hexadecimal digits of a number, two's complement for negative ones. */
export function hex(value: number, digits: number): string {
  const modulus = 16 ** digits;
  const wrapped = ((Math.round(value) % modulus) + modulus) % modulus;
  return wrapped.toString(16).toUpperCase().padStart(digits, '0');
}

/** A 32-bit float as eight digits, most significant byte first. */
export function hexFloat(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatBE(value);
  return bytes.toString('hex').toUpperCase();
}

function checksum(text: string): number {
  let sum = 0;
  for (let n = 0; n < text.length; n++) {
    sum ^= text.charCodeAt(n) << 8;
    for (let bit = 0; bit < 8; bit++) sum = (sum & 0x8000) !== 0 ? ((sum << 1) ^ 0x1021) & 0xffff : sum << 1;
  }
  return sum & 0xffff;
}
