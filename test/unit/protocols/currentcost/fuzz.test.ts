import { describe, expect, it } from 'vitest';
import { parseCurrentCostMessage } from '../../../../src/protocols/currentcost/message.ts';
import { createMessageReader } from '../../../../src/protocols/currentcost/message-reader.ts';
import { createChance, mutateBytes } from '../../../support/mutate-bytes.ts';

const MESSAGES = [
  '<msg><src>CC128-v0.11</src><dsb>00160</dsb><time>11:52:58</time><tmpr>28.9</tmpr><sensor>0</sensor>' +
    '<id>03583</id><type>1</type><ch1><watts>01352</watts></ch1></msg>\r\n',
  '<msg><date><dsb>00030</dsb></date><src><name>CC02</name><id>00077</id><type>1</type><sver>1.06</sver></src>' +
    '<ch1><watts>00168</watts></ch1><ch2><watts>00007</watts></ch2><tmpr>25.6</tmpr></msg>\n',
].map((text) => Buffer.from(text));
const RUNS = 100_000;

describe('100,000 damaged messages', () => {
  it('never throw, and give only watts that stand in the text with all five digits', () => {
    const chance = createChance(2026);
    const reader = createMessageReader();
    let live = 0;
    for (let run = 0; run < RUNS; run++) {
      const original = MESSAGES[run % MESSAGES.length] ?? Buffer.alloc(0);
      const damaged = mutateBytes(original, chance);
      for (const text of reader.take(damaged)) {
        const message = parseCurrentCostMessage(text);
        if (message?.kind !== 'live') continue;
        live++;
        const written = [...text.matchAll(/<ch([123])>\s*<watts>\s*(-\d{4}|\d{5})\s*<\/watts>\s*<\/ch\1>/g)];
        expect([...message.watts]).toEqual(
          written.map(([, channel, value]) => [Number(channel), Number(value)]),
        );
        expect(Number(/<id>\s*(\d{5})\s*<\/id>/.exec(text)?.[1])).toBe(message.radio);
      }
    }
    expect(live).toBeGreaterThan(RUNS / 100);
    expect(live).toBeLessThan(RUNS);
  }, 120_000);
});
