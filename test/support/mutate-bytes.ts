/** A stream of chance numbers that is the same in each run. */
export function createChance(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** What a bad line does to bytes: one to three changed, lost, doubled or foreign ones, or a part of them missing. */
export function mutateBytes(original: Uint8Array, chance: (below: number) => number): Uint8Array {
  let bytes = [...original];
  for (let left = 1 + chance(3); left > 0; left--) {
    const at = chance(bytes.length + 1);
    switch (chance(7)) {
      case 0:
        if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << chance(8));
        break;
      case 1:
        if (at < bytes.length) bytes[at] = chance(256);
        break;
      case 2:
        bytes.splice(at, 1 + chance(4));
        break;
      case 3:
        bytes.splice(at, 0, chance(256));
        break;
      case 4:
        bytes.splice(at, 0, ...bytes.slice(at, at + 1 + chance(8)));
        break;
      case 5:
        bytes = bytes.slice(0, at);
        break;
      default: {
        const other = chance(bytes.length + 1);
        const [one, two] = [bytes[at], bytes[other]];
        if (one !== undefined && two !== undefined) [bytes[at], bytes[other]] = [two, one];
      }
    }
  }
  return Uint8Array.from(bytes);
}
