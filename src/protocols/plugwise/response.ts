/**
 * What comes from the stick.
 *
 *     | id | sequence | MAC | fields |          answers; 0002, 0003, 0005 have no MAC
 *       4       4        16
 *     | 0000 | sequence | code | (MAC) |        acknowledgements; with a MAC they are a node's
 *        4        4        4      16
 *
 * Firmware of 2008 sends no sequence number. Which layout a text has is told by its id and length; where both
 * fit, the MAC that is waited for decides.
 */
export interface PlugwiseResponse {
  readonly id: string;
  /** Undefined from firmware of 2008. */
  readonly sequence: string | undefined;
  readonly mac: string | undefined;
  /** Of an acknowledgement. */
  readonly code: string | undefined;
  readonly fields: string;
}

const ACK = '0000';
const MAC = 16;
const CODE = 4;
/** Lengths of the fields behind the MAC, of the answers whose lengths are known. */
const FIELD_LENGTHS: ReadonlyMap<string, readonly number[]> = new Map([
  ['000E', [8]],
  ['0011', [4, 26]],
  ['0013', [8, 16, 24, 28]],
  ['0019', [18]],
  ['0024', [42]],
  ['0027', [32]],
  ['003F', [8, 10, 12, 14, 16]],
  ['0049', [72]],
]);
const WITHOUT_MAC: ReadonlySet<string> = new Set(['0002', '0003', '0005']);

/** Every way to read a text, the likeliest first; none for what is too short. */
export function readResponse(text: string): readonly PlugwiseResponse[] {
  const id = text.slice(0, 4);
  if (id === ACK) return readAcknowledgement(text);
  if (WITHOUT_MAC.has(id))
    return [{ id, sequence: text.slice(4, 8), mac: undefined, code: undefined, fields: text.slice(8) }];
  const lengths = FIELD_LENGTHS.get(id);
  const withSequence = answer(id, text.slice(4, 8), text.slice(8));
  const without = answer(id, undefined, text.slice(4));
  return [withSequence, without].filter((each, n) => {
    if (each === undefined) return false;
    return lengths === undefined ? n === 0 : lengths.includes(each.fields.length);
  }) as PlugwiseResponse[]; // the filter took out what is undefined
}

function answer(id: string, sequence: string | undefined, rest: string): PlugwiseResponse | undefined {
  if (rest.length < MAC) return undefined;
  return { id, sequence, mac: rest.slice(0, MAC), code: undefined, fields: rest.slice(MAC) };
}

function readAcknowledgement(text: string): readonly PlugwiseResponse[] {
  const make = (sequence: string | undefined, rest: string): PlugwiseResponse => ({
    id: ACK,
    sequence,
    mac: rest.length === CODE ? undefined : rest.slice(CODE),
    code: rest.slice(0, CODE),
    fields: '',
  });
  switch (text.length) {
    case 4 + 4 + CODE:
    case 4 + 4 + CODE + MAC:
      return [make(text.slice(4, 8), text.slice(8))];
    case 4 + CODE:
    case 4 + CODE + MAC:
      return [make(undefined, text.slice(4))];
    default:
      return [];
  }
}
