import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseElement } from '../../../../src/protocols/currentcost/element.ts';
import { parseCurrentCostMessage } from '../../../../src/protocols/currentcost/message.ts';

const CC128 =
  '<msg><src>CC128-v0.11</src><dsb>00160</dsb><time>11:52:58</time><tmpr>28.9</tmpr><sensor>0</sensor>' +
  '<id>03583</id><type>1</type><ch1><watts>01352</watts></ch1></msg>';
const CLASSIC =
  '<msg><date><dsb>00030</dsb><hr>00</hr><min>20</min><sec>11</sec></date><src><name>CC02</name><id>00077</id>' +
  '<type>1</type><sver>1.06</sver></src><ch1><watts>00168</watts></ch1><ch2><watts>00010</watts></ch2>' +
  '<ch3><watts>00000</watts></ch3><tmpr>25.6</tmpr><hist><hrs><h02>000.3</h02></hrs></hist></msg>';
const HISTORY =
  '<msg><src>CC128-v0.11</src><dsb>00160</dsb><time>12:13:05</time><hist><dsw>00160</dsw><type>1</type>' +
  '<units>kwhr</units><data><sensor>0</sensor><h020>7.453</h020></data><data><sensor>1</sensor></data></hist></msg>';

const watts = (text: string) => {
  const message = parseCurrentCostMessage(text);
  return message?.kind === 'live' ? Object.fromEntries(message.watts) : undefined;
};

describe('a message of a CC128', () => {
  it('gives its sensor, transmitter, temperature and watts', () => {
    expect(parseCurrentCostMessage(CC128)).toEqual({
      kind: 'live',
      model: 'CC128-v0.11',
      sensor: 0,
      radio: 3583,
      temperature: 28.9,
      watts: new Map([[1, 1352]]),
    });
  });

  it('may stand on many lines with blanks between its elements', () => {
    expect(watts(CC128.replaceAll('><', '>\r\n  <'))).toEqual({ 1: 1352 });
  });

  it('has up to three channels', () => {
    const three = CC128.replace(
      '</ch1>',
      '</ch1><ch2><watts>00200</watts></ch2><ch3><watts>-0050</watts></ch3>',
    );
    expect(watts(three)).toEqual({ 1: 1352, 2: 200, 3: -50 });
  });

  it('of a sensor for pulses is no power', () => {
    const pulses = CC128.replace('<type>1</type>', '<type>2</type>').replace(
      '<ch1><watts>01352</watts></ch1>',
      '<imp>0000001234</imp><ipu>1000</ipu>',
    );
    expect(parseCurrentCostMessage(pulses)).toEqual({ kind: 'other-type' });
  });

  it('with history in place of channels is history', () => {
    expect(parseCurrentCostMessage(HISTORY)).toEqual({ kind: 'history' });
  });

  it('tells degrees Fahrenheit as Celsius', () => {
    const message = parseCurrentCostMessage(CC128.replace('<tmpr>28.9</tmpr>', '<tmprF>68.7</tmprF>'));
    expect(message).toMatchObject({ temperature: 20.4 });
  });

  it('may lack the temperature', () => {
    expect(parseCurrentCostMessage(CC128.replace('<tmpr>28.9</tmpr>', ''))).toMatchObject({
      temperature: undefined,
    });
  });
});

describe('a message of a Classic', () => {
  it('is live although it holds history as well', () => {
    expect(parseCurrentCostMessage(CLASSIC)).toEqual({
      kind: 'live',
      model: 'CC02',
      sensor: 0,
      radio: 77,
      temperature: 25.6,
      watts: new Map([
        [1, 168],
        [2, 10],
        [3, 0],
      ]),
    });
  });
});

describe('nothing is made', () => {
  it.each([
    ['of a number that lost a digit', CC128.replace('01352', '0135')],
    ['of a number that gained one', CC128.replace('01352', '013520')],
    ['of letters', CC128.replace('01352', '0135x')],
    ['of an empty number', CC128.replace('01352', '')],
    ['of "nan"', CC128.replace('01352', '  nan')],
    ['without a channel', CC128.replace('<ch1><watts>01352</watts></ch1>', '')],
    ['of a channel without watts', CC128.replace('<watts>01352</watts>', '')],
    ['of a channel that comes twice', CC128.replace('</ch1>', '</ch1><ch1><watts>00001</watts></ch1>')],
    ['of a sensor above 9', CC128.replace('<sensor>0<', '<sensor>10<')],
    ['without a sensor', CC128.replace('<sensor>0</sensor>', '')],
    ['without a transmitter', CC128.replace('<id>03583</id>', '')],
    ['without a type', CC128.replace('<type>1</type>', '')],
    ['of an unknown type', CC128.replace('<type>1</type>', '<type>x</type>')],
    ['of a broken temperature', CC128.replace('28.9', '2.8.9')],
    ['of a tag that is not closed', CC128.replace('</ch1>', '')],
    ['of tags closed crosswise', '<msg><a><b></a></b></msg>'],
    ['of text beside elements', CC128.replace('<ch1>', 'x<ch1>')],
    ['of attributes', CC128.replace('<ch1>', '<ch1 a="1">')],
    ['of entities', CC128.replace('01352', '&#48;1352')],
    ['of a declaration', `<?xml version="1.0"?>${CC128}`],
    ['of two messages', CC128 + CC128],
    ['of another element', '<data></data>'],
    ['of nothing', ''],
  ])('%s', (_, text) => {
    expect(parseCurrentCostMessage(text)).toBeUndefined();
  });
});

describe('the element reader', () => {
  it('gives what was written', () => {
    const tree = parseElement('<a><b>1</b><c> x y </c></a>');
    expect(tree).toEqual({
      name: 'a',
      text: '',
      children: [
        { name: 'b', text: '1', children: [] },
        { name: 'c', text: 'x y', children: [] },
      ],
    });
  });

  it('refuses depth and number without end', () => {
    expect(parseElement('<a>'.repeat(5000) + '</a>'.repeat(5000))).toBeUndefined();
    expect(parseElement(`<a>${'<b></b>'.repeat(3000)}</a>`)).toBeUndefined();
  });

  it('never throws and takes nothing that does not begin with its own tag', () => {
    const piece = fc.constantFrom('<msg>', '</msg>', '<ch1>', '</ch1>', '<', '>', '/', 'a', ' ', '&', '\0');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('');
        const tree = parseElement(text);
        if (tree !== undefined) expect(text.trim().startsWith(`<${tree.name}>`)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
