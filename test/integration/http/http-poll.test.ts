import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PageServer, startPageServer } from './page-server.ts';
import { type RunningSource, runSection, valuesOf } from './running-source.ts';

let server: PageServer;
let running: RunningSource | undefined;
beforeEach(async () => {
  server = await startPageServer();
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  await server.close();
});

const POWER = { quantity: 'p', path: 'power', unit: 'W' };
const device = (id: string, values: readonly object[] = [POWER], more: object = {}) => ({
  id,
  name: id,
  interval: 1,
  values,
  ...more,
});
const section = (more: object = {}) => ({
  type: 'http-poll',
  id: 'page',
  url: `${server.url}/values?key=geheim`,
  devices: [device('plug')],
  ...more,
});
const json = (value: unknown) =>
  server.answer((_, response) =>
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(value)),
  );
const notice = () => running?.events.find((event) => event.type === 'notice');

describe('http-poll', () => {
  it('reads all devices of a page with one request, in the units of their quantities', async () => {
    json({ a: { kw: 1.25, today: 4200 }, 'b.c': [{ w: '88.5', pf: 97 }] });
    running = await runSection(
      section({
        devices: [
          device('a', [
            { quantity: 'p', path: 'a.kw', unit: 'kW', scale: -1 },
            { quantity: 'e_imp', path: 'a.today', unit: 'Wh', resets: 'daily' },
          ]),
          device(
            'b',
            [
              { quantity: 'p_l1', path: '["b.c"][0].w', unit: 'W', offset: 1.5 },
              { quantity: 'pf', path: '["b.c"][0].pf', unit: '%' },
            ],
            { invert: true },
          ),
        ],
      }),
    );
    await running.slots(2);
    expect(running.samples().slice(0, 2).map(valuesOf)).toEqual([
      { p: -1250, e_imp: 4.2 },
      { p_l1: -90, pf: -0.97 },
    ]);
    expect(server.asked).toHaveLength(2);
    expect(running.samples().map(({ takenAt }) => takenAt % 1000)).toEqual([0, 0, 0, 0]);
    expect(running.source.devices[0]?.quantities[1]).toMatchObject({ code: 'e_imp', resets: 'daily' });
  });

  it('makes no reading of null, of text and of a word for nothing, and tells once of what is missing', async () => {
    json({ a: null, b: 'unavailable', c: -8_388_608, d: 7 });
    const values = ['a', 'b', 'c', 'd', 'constructor'].map((path, index) => ({
      quantity: ['p', 'q', 's', 'v', 'i'][index],
      path,
      unit: ['W', 'var', 'VA', 'V', 'A'][index],
    }));
    running = await runSection(section({ devices: [device('plug', values)] }));
    await running.slots(3);
    expect(running.samples().map(valuesOf)).toEqual([{ v: 7 }, { v: 7 }, { v: 7 }]);
    expect(running.notices()).toEqual(['value-missing', 'value-missing', 'value-missing']);
    expect(running.source.statistics()).toMatchObject({
      values_missing: 9,
      devices: { plug: { dropped_readings: 3 } },
    });
  });

  it('sends method, body, headers and the login that stands in a file', async () => {
    json({ power: 5 });
    const post = { method: 'POST', body: '{"q":1}', headers: { 'X-Site': '17' } };
    running = await runSection(section({ ...post, username: 'me', passwordFile: 'pw' }), {
      pw: 'hemmelig\n',
    });
    await running.slots(1);
    expect(server.asked[0]).toMatchObject({ method: 'POST', body: '{"q":1}', headers: { 'x-site': '17' } });
    expect(server.asked[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from('me:hemmelig').toString('base64')}`,
    );
    await running.stop();
    running = await runSection(section({ tokenFile: 'token' }), { token: 'abc.def' });
    await running.slots(1);
    expect(server.asked.at(-1)?.headers.authorization).toBe('Bearer abc.def');
  });

  it('takes the time of the page, and no reading from a page whose time has not moved', async () => {
    running = await runSection(section({ timePath: 'at' }));
    const begun = running.clock.now();
    json({ power: 5, at: (begun + 400) / 1000 });
    await running.slots(3);
    expect(running.samples()).toMatchObject([{ takenAt: begun + 400 }]);
    json({ power: 6, at: new Date(begun + 3400).toISOString() });
    await running.slots(1);
    expect(running.samples()).toHaveLength(2);
    expect(running.source.statistics()).toMatchObject({ not_moved: 2 });
    json({ power: 6 });
    await running.slots(1);
    expect(running.source.statistics()).toMatchObject({ time_missing: 1 });
  });

  it('reads a page whose clock is wrong at the moment of the exchange, once the clock is seen to run', async () => {
    running = await runSection(section({ timePath: 'at' }));
    let at = Date.UTC(2011, 0, 1) / 1000;
    server.answer((_, response) => response.end(JSON.stringify({ power: 5, at: at++ })));
    await running.slots(3);
    expect(running.samples().map(({ takenAt }) => takenAt % 1000)).toEqual([0, 0]);
    expect(running.source.statistics()).toMatchObject({ not_moved: 1, clock_wrong: 2 });
  });

  it('asks with the mark of the last page, and makes nothing of 304', async () => {
    server.answer((request, response) => {
      if (request.headers['if-none-match'] === '"v1"') return response.writeHead(304).end();
      response.setHeader('ETag', '"v1"').end('{"power":5}');
    });
    running = await runSection(section());
    await running.slots(4);
    expect(running.samples()).toHaveLength(1);
    expect(running.source.statistics()).toMatchObject({ requests: 4, unchanged: 3, failed: {} });
    expect(running.events.at(-1)).toMatchObject({ type: 'availability', state: 'offline' });
  });

  it('asks each device at its own interval', async () => {
    json({ power: 5 });
    running = await runSection(
      section({ devices: [device('fast'), device('slow', [POWER], { interval: 4 })] }),
    );
    await running.slots(8);
    const ids = running.samples().map(({ deviceId }) => deviceId);
    expect(ids.filter((id) => id === 'fast')).toHaveLength(8);
    expect(ids.filter((id) => id === 'slow')).toHaveLength(2);
    expect(server.asked).toHaveLength(8);
  });
});

describe('a page that fails', () => {
  it.each<[string, number, RegExp]>([
    ['wrong login', 401, /refuses the login \(401\); check username/],
    ['no page', 404, /no such page \(404\); check the url/],
    ['a fault', 500, /answers with status 500/],
    ['a redirect', 302, /redirects to http:\/\/elsewhere\/login \(302\), which is not followed/],
  ])('%s is told once, with what to do and without the key', async (_, status, words) => {
    server.answer((_request, response) =>
      response.writeHead(status, { Location: 'http://elsewhere/login?key=geheim' }).end(),
    );
    running = await runSection(section({ username: 'me', passwordFile: 'pw' }), { pw: 'hemmelig' });
    await running.slots(6);
    expect(running.notices()).toEqual(['page-failed']);
    expect(notice()).toMatchObject({ level: 'warn', message: expect.stringMatching(words) });
    expect(JSON.stringify(running.events)).not.toMatch(/geheim|hemmelig|key=/);
    expect(running.samples()).toEqual([]);
  });

  it('is asked at growing distance, its devices go offline, and both end with its return', async () => {
    server.answer((_, response) => response.writeHead(503).end());
    running = await runSection(section());
    await running.slots(30);
    expect(server.asked.length).toBeLessThan(8);
    expect(running.events.filter((event) => event.type === 'availability')).toHaveLength(1);
    json({ power: 5 });
    await running.slots(30);
    expect(running.notices()).toEqual(['page-failed', 'page-back']);
    expect(running.samples().length).toBeGreaterThan(5);
  });

  it('is told of when nobody listens', async () => {
    await server.close();
    running = await runSection(section());
    await running.slots(2);
    expect(notice()).toMatchObject({ message: expect.stringMatching(/nothing listens there/) });
    server = await startPageServer();
  });

  it('is given up when it is too slow', async () => {
    server.answer(() => {});
    running = await runSection(section({ timeout: 0.2 }));
    await running.slots(1);
    expect(notice()).toMatchObject({ message: expect.stringMatching(/did not answer within 0.2 s/) });
    expect(running.source.statistics()).toMatchObject({ failed: { timeout: 1 } });
  });

  it.each<[string, string, (response: import('node:http').ServerResponse) => void]>([
    [
      'is cut off',
      'truncated',
      (response) => {
        response.writeHead(200, { 'Content-Length': '100' });
        response.write('{"power":', () => response.destroy());
      },
    ],
    ['is ten megabytes long', 'too-long', (response) => response.end(Buffer.alloc(10 * 1024 * 1024, ' '))],
    ['is no JSON', 'failed', (response) => response.end('{"power":')],
    [
      'is a bomb of entities',
      'failed',
      (response) => response.end('<!DOCTYPE a [<!ENTITY b "b">]><a>&b;</a>'),
    ],
    ['is nested too deeply', 'failed', (response) => response.end('<a>'.repeat(5000))],
  ])('makes no reading when it %s', async (_, kind, how) => {
    server.answer((_request, response) => how(response));
    running = await runSection(section());
    await running.slots(1);
    expect(running.samples()).toEqual([]);
    expect(running.source.statistics()).toMatchObject({ failed: { [kind]: 1 } });
    json({ power: 5 });
    await running.slots(2);
    expect(running.samples().map(valuesOf)).toContainEqual({ p: 5 });
  });

  it('may close the connection between two questions', async () => {
    server.answer((request, response) => {
      response.end('{"power":5}', () => request.socket.destroySoon());
    });
    running = await runSection(section());
    await running.slots(5);
    expect(running.samples()).toHaveLength(5);
    expect(running.notices()).toEqual([]);
  });
});
