/** A profile without mistakes. */
export const GOOD = `id: acme-one
manufacturer: Acme
model: One
lines: 3
type: float32
read: { maxRegisters: 20 }
scales:
  - { name: F, address: 100, meaning: exponent }
registers:
  - { code: v, phase: l1, address: 0, unit: V }
  - { code: p, address: 2, unit: kW }
sources:
  manual: Acme One, edition 1
`;

const V_ROW = '{ code: v, phase: l1, address: 0, unit: V }';
export const P_ROW = '{ code: p, address: 2, unit: kW }';

/** What is broken, the text that is replaced and what by, and the begin of the message with its place. */
export const CASES: readonly (readonly [name: string, from: string, to: string, message: string])[] = [
  [
    'a unit with a wrong capital',
    'unit: kW }',
    'unit: KW }',
    'which is no unit of p; did you mean "kW"? allowed: W, mW, kW, MW',
  ],
  [
    'an unknown key',
    'lines: 3',
    'lines: 3\nwordorder: big',
    '5:1: wordorder: unknown key "wordorder"; did you mean "wordOrder"?',
  ],
  [
    'an unknown key of a row',
    V_ROW,
    '{ code: v, adress: 0, unit: V }',
    '10:16: registers[0].adress: unknown key "adress"; did you mean "address"?',
  ],
  [
    'a missing address',
    V_ROW,
    '{ code: v, unit: V }',
    '10:5: registers[0].address: is missing; allowed: a number',
  ],
  [
    'an unknown code',
    'code: p,',
    'code: e_inp,',
    '11:13: registers[1].code: found "e_inp"; did you mean "e_imp"?',
  ],
  ['an unknown type', 'type: float32', 'type: float', '5:7: type: found "float"; did you mean "float32"?'],
  [
    'a word order in letters',
    V_ROW,
    '{ code: v, address: 0, wordOrder: ABCD }',
    '10:39: registers[0].wordOrder: found "ABCD"; allowed: big, little',
  ],
  [
    'an address of 40001 and more digits',
    V_ROW,
    '{ code: v, address: 400001 }',
    '10:25: registers[0].address: found 400001; allowed: at most 65535',
  ],
  [
    'a value beyond the table',
    V_ROW,
    '{ code: v, address: 0xFFFF }',
    '10:25: registers[0].address: registers 65535 to 65536 end beyond the table; allowed: up to 65535',
  ],
  [
    'a unit of another quantity',
    'unit: kW }',
    'unit: kWh }',
    '11:34: registers[1].unit: found "kWh", which is no unit of p; allowed: W, mW, kW, MW',
  ],
  [
    'an unknown unit',
    'unit: V }',
    'unit: volt }',
    '10:45: registers[0].unit: found "volt", which is no unit of v; allowed: V, mV, kV, MV',
  ],
  [
    'the same reading twice',
    P_ROW,
    '{ code: v, phase: l1, address: 2, unit: V }',
    '11:13: registers[1].code: v_l1 stands twice, first in registers[0]; allowed: once; give one of them another phase or enabled: false',
  ],
  [
    'overlapping rows',
    'address: 2,',
    'address: 1,',
    '11:25: registers[1].address: p at 1 to 2 overlaps v_l1 at 0 to 1; allowed: each register in one row',
  ],
  [
    'a disabled row that cuts a value in two',
    P_ROW,
    '{ code: p, address: 1, enabled: false }',
    '11:25: registers[1].address: p at 1 to 2 overlaps v_l1 at 0 to 1',
  ],
  [
    'a scale that does not exist',
    P_ROW,
    '{ code: p, address: 2, unit: kW, scale: G }',
    '11:45: registers[1].scale: there is no scale "G"; did you mean "F"? allowed: F',
  ],
  [
    'a scale of zero',
    P_ROW,
    '{ code: p, address: 2, unit: kW, scale: 0 }',
    '11:45: registers[1].scale: found 0; allowed: a number other than 0, or the name of an entry of "scales"',
  ],
  [
    'a source that is not listed',
    P_ROW,
    '{ code: p, address: 2, sources: [manaul] }',
    '11:38: registers[1].sources[0]: there is no source "manaul"; did you mean "manual"? allowed: manual',
  ],
  [
    'a wrong source of all rows',
    'lines: 3',
    'lines: 3\nrowSources: [web]',
    '5:14: rowSources[0]: there is no source "web"; allowed: manual',
  ],
  [
    'no source at all',
    'sources:\n  manual: Acme One, edition 1',
    'sources: {}',
    '12:10: sources: found a section; allowed: at least one document',
  ],
  [
    'a value longer than the largest read',
    'maxRegisters: 20',
    'maxRegisters: 1',
    '10:5: registers[0].type: float32 takes 2 registers, more than the largest read, 1',
  ],
  [
    'an odd address where the step is 2',
    'maxRegisters: 20 }\nscales:\n  - { name: F, address: 100, meaning: exponent }\nregisters:\n  - { code: v, phase: l1, address: 0,',
    'maxRegisters: 20, step: 2 }\nregisters:\n  - { code: v, phase: l1, address: 65,',
    '8:36: registers[0].address: found 65; allowed: multiples of read.step, which is 2',
  ],
  [
    'a single register where the step is 2',
    'type: float32\nread: { maxRegisters: 20 }',
    'type: int16\nread: { maxRegisters: 20, step: 2 }',
    '10:5: registers[0].type: int16 takes 1 register; allowed: types that take a multiple of read.step registers, which is 2',
  ],
  [
    'a largest read between the steps',
    'maxRegisters: 20',
    'maxRegisters: 15, step: 2',
    '6:23: read.maxRegisters: found 15; allowed: multiples of step 2',
  ],
  [
    'a forbidden register',
    'maxRegisters: 20',
    'maxRegisters: 20, forbidden: [{ first: 3, last: 9 }]',
    '11:25: registers[1].address: holding registers 2 to 3 touch the forbidden range holding 3 to 9',
  ],
  [
    'a row outside the blocks',
    'maxRegisters: 20',
    'maxRegisters: 20, blocks: [{ first: 0, last: 2 }, { first: 100, last: 100 }]',
    '11:25: registers[1].address: holding registers 2 to 3 lie in no block; allowed: holding 0 to 2, holding 100 to 100',
  ],
  [
    'a scale register outside the blocks',
    'maxRegisters: 20',
    'maxRegisters: 20, blocks: [{ first: 0, last: 3 }]',
    '8:25: scales[0].address: holding register 100 lie in no block',
  ],
  [
    'a range that ends before it begins',
    'maxRegisters: 20',
    'maxRegisters: 20, forbidden: [{ first: 9, last: 8 }]',
    '6:57: read.forbidden[0].last: found 8; allowed: at least 9, its first',
  ],
  [
    'a gap that may not be bridged',
    'maxRegisters: 20',
    'maxRegisters: 20, canBridge: false, maxGap: 4',
    '6:53: read.maxGap: found 4 although canBridge is false; allowed: 0, or canBridge: true',
  ],
  [
    '"not available" words that are too short',
    'lines: 3',
    'lines: 3\ninvalid: { float32: [[0x7FC0]] }',
    '5:22: invalid.float32[0]: found 1 word; allowed: 2 words, as long as float32',
  ],
  [
    'the same in a row',
    P_ROW,
    '{ code: p, address: 2, type: int16, invalid: [[1, 2]] }',
    '11:51: registers[1].invalid[0]: found 2 words; allowed: 1 word, as long as int16',
  ],
  [
    '"not available" words of an unknown type',
    'lines: 3',
    'lines: 3\ninvalid: { int8: [[1]] }',
    '5:12: invalid.int8: unknown key "int8"',
  ],
  [
    'a word over 65535',
    'lines: 3',
    'lines: 3\ninvalid: { int16: [[0x10000]] }',
    '5:21: invalid.int16[0][0]: found 65536; allowed: at most 65535',
  ],
  [
    'a name that is not the file name',
    'id: acme-one',
    'id: acme-two',
    '1:5: id: id "acme-two" stands in a file named acme-one.yaml; allowed: a file named acme-two.yaml',
  ],
  [
    'an id with capitals',
    'id: acme-one',
    'id: Acme_One',
    '1:5: id: found "Acme_One"; allowed: lower-case letters, digits and single "-" between them',
  ],
  ['two lines', 'lines: 3', 'lines: 2', '4:8: lines: found 2; allowed: 1, 3'],
  [
    'a four-quadrant type for a power',
    P_ROW,
    '{ code: p, address: 2, type: pf4q32 }',
    '11:34: registers[1].type: found pf4q32 for p; allowed: only for pf, the power factor',
  ],
  [
    'limits that exclude every value',
    P_ROW,
    '{ code: p, address: 2, rawMin: 5, rawMax: 4 }',
    '11:47: registers[1].rawMax: found 4; allowed: at least 5, its rawMin',
  ],
  [
    'a scale name twice',
    'registers:',
    '  - { name: F, address: 101, meaning: factor }\nregisters:',
    '9:13: scales[1].name: scale "F" stands twice; allowed: each name once',
  ],
  [
    'a scale of an unknown kind',
    'meaning: exponent',
    'meaning: power',
    '8:39: scales[0].meaning: found "power"; allowed: exponent, factor, or a table such as {0: 0.1, 1: 1, 2: 10}',
  ],
  [
    'an empty table of scales',
    'meaning: exponent',
    'meaning: {}',
    '8:39: scales[0].meaning: the table is empty',
  ],
  [
    'a pattern that is no regular expression',
    'lines: 3',
    'lines: 3\nidentify: [{ by: server-id, matches: "(" }]',
    '5:38: identify[0].matches: found "("; allowed: a regular expression that JavaScript understands',
  ],
  [
    'an unknown way to recognise it',
    'lines: 3',
    'lines: 3\nidentify: [{ by: name, matches: x }]',
    '5:18: identify[0].by: found "name"',
  ],
  ['no rows', `registers:\n  - ${V_ROW}\n  - ${P_ROW}`, 'registers: []', '9:12: registers: found'],
  ['no section at all', GOOD, '- a list', '1:1: found a list of 1; allowed: a section'],
  ['text that is no YAML', 'lines: 3', 'lines: [3', 'not valid YAML'],
  ['a key twice', 'lines: 3', 'lines: 3\nlines: 1', 'the same key stands twice in one section'],
];
