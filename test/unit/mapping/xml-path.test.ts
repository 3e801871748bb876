import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileXmlPath, parseXml, type XmlDocument, type XmlPath } from '../../../src/mapping/xml-path.ts';

function path(text: string): XmlPath {
  const compiled = compileXmlPath(text);
  if ('problem' in compiled) throw new Error(compiled.problem);
  return compiled;
}
function xml(text: string | Uint8Array): XmlDocument {
  const document = parseXml(text);
  if ('problem' in document) throw new Error(document.problem);
  return document;
}

const PAGE = `<?xml version="1.0"?><LiveData xmlns="urn:x"><Power><Total><PowerNow> 2995 </PowerNow></Total>
  <MTU id="1"><W>5</W></MTU><MTU id="2"><W>7</W></MTU><Empty/><Text><![CDATA[a<b]]></Text></Power></LiveData>`;

describe('XPath', () => {
  it.each([
    ['/LiveData/Power/Total/PowerNow', '2995'],
    ['//MTU[@id="2"]/W', '7'],
    ['//MTU[1]/W', '5'],
    ['//MTU[last()]/@id', '2'],
    ['//W', '5'],
    ['sum(//W)', '12'],
    ['//Empty', ''],
    ['//Text', 'a<b'],
    ['//Missing', undefined],
  ])('%s is %s', (text, value) => expect(path(text).find(xml(PAGE))).toBe(value));

  it.each(['', '//', 'a[', '1+', 'foo()', 'x:y', '$v', 'a'.repeat(2000)])(
    '%j is refused with words',
    (text) =>
      expect(compileXmlPath(text)).toMatchObject({
        problem: expect.any(String),
        allowed: expect.any(String),
      }),
  );

  it('never throws, whatever a person wrote', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), (text) => {
        const compiled = compileXmlPath(text);
        if (!('problem' in compiled)) compiled.find(xml(PAGE));
      }),
    );
  });

  it('answers within the time of a poll on a page of thousands of alike elements', () => {
    const page = xml(`<r>${'<a>1</a>'.repeat(9000)}</r>`);
    const begun = performance.now();
    expect(path('//a').find(page)).toBe('1');
    expect(path('/r/a[8999]').find(page)).toBe('1');
    expect(performance.now() - begun).toBeLessThan(5000);
  });
});

describe('parseXml', () => {
  it.each([
    ['nothing', ''],
    ['text', 'Unauthorized'],
    ['half a page', '<a><b>1</b>'],
    ['a DOCTYPE with an entity bomb', '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>'],
    ['a DOCTYPE behind a comment', '<!-- --><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'],
    ['an unknown entity', '<a>&boom;</a>'],
    ['nesting ten thousand deep', '<a>'.repeat(10_000) + '</a>'.repeat(10_000)],
    ['nesting hidden in a quote', `<a b="${'<a>'.repeat(200)}">${'<a>'.repeat(200)}`],
    ['a hundred thousand elements', `<r>${'<a/>'.repeat(100_000)}</r>`],
    ['a thousand attributes', `<r ${Array.from({ length: 1000 }, (_, i) => `a${i}="1"`).join(' ')}/>`],
    ['attributes without quotes', '<r a=1/>'],
    ['ten megabytes', `<a>${'1'.repeat(10_000_000)}</a>`],
    ['not UTF-8', Uint8Array.of(0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e)],
    ['an encoding of which nobody knows', Buffer.from('<?xml version="1.0" encoding="EBCDIC"?><a/>')],
  ])('says what is wrong with %s', (_, text) => {
    expect(parseXml(text)).toEqual({ problem: expect.any(String) });
  });

  it('understands Latin-1 where the page says so', () => {
    const bytes = Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe9</a>', 'latin1');
    expect(path('/a').find(xml(bytes))).toBe('é');
  });

  it('takes names that are dangerous elsewhere', () => {
    const page = xml('<__proto__ constructor="3"><hasOwnProperty>5</hasOwnProperty></__proto__>');
    expect(path('/__proto__/@constructor').find(page)).toBe('3');
    expect(path('//hasOwnProperty').find(page)).toBe('5');
  });

  it('never throws, whatever arrives', () => {
    const parts = fc.constantFrom(
      '<a',
      '>',
      '</a>',
      '"',
      "'",
      '=',
      '/',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '&',
      'x',
      ' ',
    );
    fc.assert(fc.property(fc.array(parts, { maxLength: 40 }), (all) => void parseXml(`<a>${all.join('')}`)));
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void parseXml(bytes)));
  });
});
