import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PageServer, startPageServer } from './page-server.ts';
import { type RunningSource, runSection, valuesOf } from './running-source.ts';

interface Vector {
  readonly id: string;
  readonly payload: string;
  readonly decoded: Readonly<Record<string, { readonly value: number }>>;
}
const vectors = JSON.parse(readFileSync('test/fixtures/plugs/http.json', 'utf8')) as readonly Vector[];
function vector(id: string): Vector {
  const found = vectors.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no vector ${id}`);
  return found;
}
const value = (id: string, name: string) => vector(id).decoded[name]?.value;

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

function serve(pages: Readonly<Record<string, string>>): void {
  server.answer((request, response) => {
    const page = pages[new URL(request.url ?? '', server.url).pathname];
    response.writeHead(page === undefined ? 404 : 200, { 'Content-Type': 'text/xml' }).end(page ?? 'no');
  });
}

describe('ted5000', () => {
  it('decodes the captured pages of the total', async () => {
    const { payload: total } = vector('ted5000-livedata-total');
    const { payload: voltage } = vector('ted5000-livedata-voltage');
    serve({ '/api/LiveData.xml': `<LiveData><Power>${total}</Power>${voltage}</LiveData>` });
    running = await runSection({
      type: 'ted5000',
      id: 'ted',
      url: server.url,
      devices: [{ id: 'mains', name: 'Mains', mtu: 0 }],
    });
    await running.slots(1);
    const [sample] = running.samples();
    expect(valuesOf(sample)).toEqual({
      p: value('ted5000-livedata-total', 'p'),
      s: value('ted5000-livedata-total', 's'),
      e_imp: value('ted5000-livedata-total', 'e_today'),
      v: value('ted5000-livedata-voltage', 'v'),
    });
    expect(sample?.takenAt).toBe(Math.round(running.clock.now()));
    expect(running.source.devices[0]?.quantities).toContainEqual({
      code: 'e_imp',
      intervalMs: 10_000,
      resets: 'daily',
    });
    expect(running.notices()).toEqual([]);
  });

  it('reads several units with one request, and nothing of one that is not there', async () => {
    const unit = (n: number, w: number) => `<MTU${n}><PowerNow>${w}</PowerNow><PF>950</PF></MTU${n}>`;
    serve({ '/api/LiveData.xml': `<LiveData><Power>${unit(1, 700)}${unit(2, 44)}</Power></LiveData>` });
    running = await runSection({
      type: 'ted5000',
      id: 'ted',
      url: server.url,
      devices: [1, 2, 3].map((mtu) => ({ id: `unit${mtu}`, name: `Unit ${mtu}`, mtu })),
    });
    await running.slots(2);
    expect(running.samples().slice(0, 2).map(valuesOf)).toEqual([
      { p: 700, pf: 0.95 },
      { p: 44, pf: 0.95 },
    ]);
    expect(server.asked).toHaveLength(2);
    expect(running.notices()).toEqual(['value-missing']);
  });

  it('says where the firmware is newer that ted6000 is the kind to use', async () => {
    serve({});
    running = await runSection({
      type: 'ted5000',
      id: 'ted',
      url: server.url,
      devices: [{ id: 'mains', name: 'Mains', mtu: 0 }],
    });
    await running.slots(1);
    expect(running.events.find((event) => event.type === 'notice')).toMatchObject({
      code: 'page-failed',
      message: expect.stringMatching(/404.*type: ted6000/),
    });
  });
});

describe('ted6000', () => {
  const DEVICES = [
    { id: 'mains', name: 'Mains', mtu: 0 },
    { id: 'leg', name: 'Leg', mtu: 1 },
    { id: 'oven', name: 'Oven', spyder: 1, group: 1 },
  ];
  const SETTINGS = `<SystemSettings><MTUs><MTU><MTUNumber>0</MTUNumber><MTUID>10035D</MTUID>
    <MTUDescription>Panel</MTUDescription></MTU></MTUs><Spyders><Spyder><Enabled>1</Enabled>
    <Group><UseCT>0</UseCT><Description>Spare</Description></Group></Spyder></Spyders></SystemSettings>`;

  it('decodes the total, a measuring unit and a circuit from their three pages', async () => {
    serve({
      '/api/DashData.xml': vector('ted6000-dash').payload,
      '/api/SystemOverview.xml': vector('ted6000-mtu').payload,
      '/api/SpyderData.xml': vector('ted6000-spyder').payload,
    });
    running = await runSection({ type: 'ted6000', id: 'ted', url: `${server.url}/`, devices: DEVICES });
    await running.slots(1);
    const byDevice = Object.fromEntries(
      running.samples().map((sample) => [sample.deviceId, valuesOf(sample)]),
    );
    expect(byDevice).toEqual({
      mains: { p: value('ted6000-dash', 'p'), e_imp: value('ted6000-dash', 'e_today') },
      leg: {
        p: value('ted6000-mtu', 'p'),
        s: value('ted6000-mtu', 's'),
        pf: value('ted6000-mtu', 'pf'),
        v: value('ted6000-mtu', 'v'),
      },
      oven: { p: value('ted6000-spyder', 'p'), e_imp: value('ted6000-spyder', 'e_today') },
    });
    expect(server.asked.map(({ path }) => path)).toContain('/api/SystemOverview.xml?T=0&D=0&M=0');
  });

  it('reads the settings once, knows the unit by its number and tells of a circuit that is not in use', async () => {
    serve({
      '/api/DashData.xml': vector('ted6000-dash').payload,
      '/api/SystemOverview.xml': vector('ted6000-mtu').payload,
      '/api/SpyderData.xml': vector('ted6000-spyder').payload,
      '/api/SystemSettings.xml': SETTINGS,
    });
    running = await runSection({ type: 'ted6000', id: 'ted', url: server.url, devices: DEVICES });
    await running.slots(3);
    expect(server.asked.filter(({ path }) => path.includes('Settings'))).toHaveLength(1);
    const described = running.events.flatMap((event) => (event.type === 'device' ? [event.device] : []));
    expect(described).toMatchObject([{ id: 'leg', identity: '10035D', model: 'TED 6000' }]);
    expect(running.notices()).toEqual(['plug-unused']);
  });

  it('tells a unit and a group apart where the configuration mixes them', async () => {
    const section = (device: object) =>
      runSection({
        type: 'ted6000',
        id: 'ted',
        url: server.url,
        devices: [{ id: 'a', name: 'A', ...device }],
      });
    await expect(section({ mtu: 1, spyder: 1, group: 1 })).rejects.toThrow(/one of the two/);
    await expect(section({ spyder: 1 })).rejects.toThrow(/group: is missing/);
    await expect(section({})).rejects.toThrow(/mtu: is missing/);
  });
});
