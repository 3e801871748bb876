import { describe, expect, it } from 'vitest';
import { createEcoManagerSource } from '../../../../src/sources/serial-lines/ecomanager.ts';
import { createRig, ecoManager } from './rig.ts';

const line = (t: number, watts = 100) => `{"type":"tx","id":5,"t":${t},"sensors":{"1":${watts}}}\r\n`;
const rigOf = (isMissing = false) =>
  createRig(
    (clock, opener) => createEcoManagerSource(ecoManager([{ id: 'plug', radio: 5 }]), clock, opener),
    isMissing,
  );

describe('a port', () => {
  it('that is missing at the start is told once, waited for, and told once when it is there', async () => {
    const rig = rigOf(true);
    await rig.clock.advance(30_000);
    expect(rig.notices()).toEqual(['port-unavailable']);
    expect(rig.line.tries).toBeGreaterThan(10);
    rig.line.restore();
    await rig.clock.advance(2000);
    expect(rig.notices()).toEqual(['port-unavailable', 'port-open']);
    await rig.say(line(1));
    expect(rig.values('plug')).toEqual([{ p: 100 }]);
    await rig.end();
  });

  it('that is pulled out takes its devices offline at once; back, it gives samples within two seconds', async () => {
    const rig = rigOf();
    await rig.clock.advance(10);
    await rig.say(line(1));
    rig.line.lose();
    await rig.clock.advance(100);
    expect(rig.availability('plug')).toEqual(['offline']);
    await rig.clock.advance(20_000);
    rig.line.restore();
    await rig.clock.advance(2000);
    await rig.say(line(2));
    expect(rig.notices()).toEqual(['port-lost', 'port-open']);
    expect(rig.availability('plug')).toEqual(['offline']);
    expect(rig.samples().length).toBe(2);
    expect(rig.source.statistics()).toMatchObject({ opened: 2, lost: 1 });
    await rig.end();
  });

  it('that is pulled out within a message joins nothing to what it says later', async () => {
    const rig = rigOf();
    await rig.clock.advance(10);
    await rig.say(line(1).slice(0, 30));
    rig.line.lose();
    rig.line.restore();
    await rig.clock.advance(2000);
    await rig.say(`${line(1).slice(30)}${line(2, 7)}`);
    expect(rig.values('plug')).toEqual([{ p: 7 }]);
    await rig.end();
  });

  it('that says nothing for a minute is opened anew without a word, and one that speaks is not', async () => {
    const rig = rigOf();
    await rig.clock.advance(59_000);
    await rig.say('x');
    await rig.clock.advance(59_000);
    expect(rig.line.opened).toBe(1);
    await rig.clock.advance(5000);
    expect(rig.line.opened).toBe(2);
    await rig.clock.advance(600_000);
    expect(rig.line.opened).toBeGreaterThan(10);
    expect(rig.line.opened).toBeLessThan(14);
    expect(rig.notices()).toEqual([]);
    await rig.end();
  });

  it('that can never be closed is opened anew all the same', async () => {
    const rig = rigOf();
    await rig.clock.advance(10);
    rig.line.hangAtClose();
    rig.line.lose();
    rig.line.restore();
    await rig.clock.advance(5000);
    await rig.say(line(1));
    expect(rig.samples().length).toBe(1);
    await rig.end();
  });

  it('that says only garbage is told once, and once when it is understood', async () => {
    const rig = rigOf();
    await rig.clock.advance(10);
    for (let i = 0; i < 60; i++) await rig.say('\xff\x00garbage\r\n', 2000);
    expect(rig.notices()).toEqual(['port-not-understood']);
    await rig.say(`${line(1)}${line(2)}`);
    await rig.say(line(3));
    expect(rig.notices()).toEqual(['port-not-understood', 'port-understood']);
    await rig.end();
  });

  it('is closed when the source ends', async () => {
    const rig = rigOf();
    await rig.clock.advance(10);
    expect(rig.line.isOpen).toBe(true);
    await rig.end();
    expect(rig.line.isOpen).toBe(false);
    expect(rig.clock.sleeping).toBe(0);
  });
});

describe('a flood of garbage', () => {
  it('leaves no memory behind, and the next message is read', async () => {
    const rig = rigOf();
    await rig.clock.advance(10);
    const flood = Buffer.alloc(65_536, '{"type":');
    for (let i = 0; i < 20; i++) await rig.say(flood);
    const before = process.memoryUsage();
    for (let i = 0; i < 300; i++) await rig.say(flood);
    const after = process.memoryUsage();
    expect(after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers).toBeLessThan(
      30_000_000,
    );
    await rig.say(`\r\n${line(1)}`);
    expect(rig.values('plug')).toEqual([{ p: 100 }]);
    expect(rig.events.length).toBeLessThan(5);
    await rig.end();
  });
});
