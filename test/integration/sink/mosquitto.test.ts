import { connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort, type Mosquitto, type MosquittoSettings, prepareMosquitto } from './mosquitto.ts';
import { Observer } from './observer.ts';
import { runSink } from './running-sink.ts';

const endings: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function startMosquitto(settings?: MosquittoSettings): Promise<Mosquitto> {
  const broker = await prepareMosquitto(settings);
  endings.push(() => broker.kill());
  await broker.start();
  return broker;
}

async function observe(url: string, login?: { username: string; password: string }): Promise<Observer> {
  const observer = await Observer.on(url, login);
  endings.push(() => observer.close());
  return observer;
}

function run(...args: Parameters<typeof runSink>) {
  const running = runSink(...args);
  endings.push(() => running.stop());
  return running;
}

const connection = (url: string, protocol: 5 | 4) => ({
  url,
  clientId: 'busbar-test',
  protocol,
  keepaliveS: 30,
  verifyCertificate: true,
});

describe.each([
  [5, '5'],
  [4, '3.1.1'],
] as const)('mqtt sink at mosquitto, protocol %d', (protocol, name) => {
  it('shows a late subscriber everything that is retained', async () => {
    const broker = await startMosquitto();
    const url = `mqtt://127.0.0.1:${broker.port}`;
    const early = await observe(url);
    const { sample, sink } = run(url, { connection: connection(url, protocol) });
    await early.until(() => expect(early.payloadsOn('house/gateway/availability')).toEqual(['online']));
    sample(1234.5);
    await early.until(() => expect(early.seqsOn('house/mains/state')).toEqual([1]));
    await early.until(() => expect(early.on('house/gateway/stats').length).toBeGreaterThan(0));
    const late = await observe(url);
    await late.until(() => expect(late.payloadsOn('house/mains/state')).toHaveLength(1));
    const retained = Object.fromEntries(
      late.seen.filter(({ isRetained }) => isRetained).map(({ topic, payload }) => [topic, payload]),
    );
    expect(Object.keys(retained).sort()).toEqual([
      'house/gateway/availability',
      'house/gateway/info',
      'house/mains/$meta',
      'house/mains/availability',
      'house/mains/p',
      'house/mains/state',
      'house/mains/v',
    ]);
    expect(retained['house/mains/p']).toBe('1234.5');
    expect(retained['house/mains/availability']).toBe('online');
    expect(JSON.parse(retained['house/gateway/info'] ?? '').mqtt).toBe(name);
    const expiry = late.on('house/mains/p')[0]?.expiryS;
    if (protocol === 5) expect(expiry).toBeLessThanOrEqual(30);
    else expect(expiry).toBeUndefined();
    expect(sink.statistics()).toMatchObject({ connected: 1, protocol });
  });

  it('leaves nothing retained that looks live after an orderly end', async () => {
    const broker = await startMosquitto();
    const url = `mqtt://127.0.0.1:${broker.port}`;
    const early = await observe(url);
    const { sample, stop } = run(url, { connection: connection(url, protocol) });
    await early.until(() => expect(early.payloadsOn('house/gateway/availability')).toEqual(['online']));
    sample(1);
    await stop();
    const late = await observe(url);
    await late.until(() => expect(late.on('house/mains/$meta')).toHaveLength(1));
    const left = late.seen.map(({ topic, payload }) =>
      topic.endsWith('availability') ? [topic, payload] : [topic],
    );
    expect(left.sort()).toEqual([
      ['house/gateway/availability', 'offline'],
      ['house/gateway/info'],
      ['house/mains/$meta'],
      ['house/mains/availability', 'offline'],
    ]);
  });

  it('goes on live after the broker was killed, with what was missed in history, and retained topics again', async () => {
    const broker = await startMosquitto();
    const url = `mqtt://127.0.0.1:${broker.port}`;
    const { sample, sink } = run(url, { connection: connection(url, protocol) });
    const before = await observe(url);
    await before.until(() => expect(sink.statistics()).toMatchObject({ connected: 1 }));
    for (let p = 1; p <= 3; p++) sample(p);
    await before.until(() => expect(sink.statistics()).toMatchObject({ acknowledged: 3 }));
    await broker.kill();
    await before.until(() => expect(sink.statistics()).toMatchObject({ connected: 0 }));
    for (let p = 4; p <= 40; p++) sample(p);
    await broker.start();
    // The observer's own connection comes back by itself; a new one sees what is retained.
    const after = await observe(url);
    await after.until(() => expect(sink.statistics()).toMatchObject({ connected: 1 }));
    sample(41);
    await after.until(() => expect(after.seqsOn('house/mains/state')).toEqual([41]));
    await after.until(() => expect(after.payloadsOn('house/gateway/availability')).toEqual(['online']));
    await after.until(() =>
      expect(sink.statistics()).toMatchObject({ history: { waiting: 0, delivered: 37 } }),
    );
    expect(after.payloadsOn('house/mains/p')).toEqual(['41']);
    expect(after.on('house/mains/$meta')).toHaveLength(1);
    const history = after.seqsOn('house/mains/history');
    // Whether the observer or the gateway is back first is chance; the order and the completeness are not.
    expect(history).toEqual(Array.from({ length: history.length }, (_, i) => 41 - history.length + i));
  });
});

describe('mqtt sink at mosquitto', () => {
  it('delivers exactly the missing numbers to a subscriber that was there all the time', async () => {
    const broker = await startMosquitto();
    const relay = await startRelay(broker.port);
    const observer = await observe(`mqtt://127.0.0.1:${broker.port}`);
    const { sample, sink } = run(`mqtt://127.0.0.1:${relay.port}`);
    await observer.until(() => expect(sink.statistics()).toMatchObject({ connected: 1 }));
    sample(1);
    await observer.until(() => expect(sink.statistics()).toMatchObject({ acknowledged: 1 }));
    await observer.until(() => expect(observer.seqsOn('house/mains/state')).toEqual([1]));
    await relay.cut();
    await observer.until(() =>
      expect(observer.payloadsOn('house/gateway/availability').at(-1)).toBe('offline'),
    );
    await observer.until(() => expect(sink.statistics()).toMatchObject({ connected: 0 }));
    for (let p = 2; p <= 100; p++) sample(p);
    await relay.restore();
    await observer.until(() => expect(sink.statistics()).toMatchObject({ connected: 1 }));
    sample(101);
    await observer.until(() => expect(observer.seqsOn('house/mains/history')).toHaveLength(99));
    expect(observer.seqsOn('house/mains/history')).toEqual(Array.from({ length: 99 }, (_, i) => i + 2));
    await observer.until(() => expect(observer.seqsOn('house/mains/state')).toEqual([1, 101]));
    expect(observer.payloadsOn('house/gateway/availability')).toEqual(['online', 'offline', 'online']);
    const codes = observer.payloadsOn('house/gateway/events').map((line) => JSON.parse(line).code);
    expect(codes).toEqual(['broker-away', 'broker-back']);
  });

  it('waits for a broker that comes late', async () => {
    const broker = await prepareMosquitto();
    endings.push(() => broker.kill());
    const url = `mqtt://127.0.0.1:${broker.port}`;
    const { sample } = run(url);
    sample(1);
    await broker.start();
    const observer = await observe(url);
    await observer.until(() => expect(observer.payloadsOn('house/mains/availability')).toContain('online'));
    sample(2);
    await observer.until(() => expect(observer.seqsOn('house/mains/state')).toEqual([2]));
  });

  it('logs in with name and password', async () => {
    const login = { username: 'gateway', password: 'p:ss wörd' };
    const broker = await startMosquitto({ login });
    const url = `mqtt://127.0.0.1:${broker.port}`;
    const observer = await observe(url, login);
    const withLogin = { ...connection(url, 5), username: login.username, password: () => login.password };
    run(url, { connection: withLogin });
    await observer.until(() => expect(observer.payloadsOn('house/gateway/availability')).toContain('online'));
  });

  it('speaks over a WebSocket', async () => {
    const broker = await startMosquitto({ hasWebsocket: true });
    const url = `ws://127.0.0.1:${broker.websocketPort}/mqtt`;
    const observer = await observe(url);
    const { sample, sink } = run(url);
    await observer.until(() => expect(sink.statistics()).toMatchObject({ connected: 1, protocol: 5 }));
    for (let p = 1; p <= 20; p++) sample(p);
    await observer.until(() => expect(observer.seqsOn('house/mains/state')).toHaveLength(20));
    expect(observer.payloadsOn('house/mains/p').at(-1)).toBe('20');
  });
});

/** A way to the broker that can be cut as the death of the process would: without DISCONNECT. */
async function startRelay(brokerPort: number) {
  const port = await freePort();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const onward = connect({ host: '127.0.0.1', port: brokerPort });
    for (const end of [socket, onward]) {
      sockets.add(end);
      end.on('error', () => end.destroy());
      end.on('close', () => {
        sockets.delete(end);
        socket.destroy();
        onward.destroy();
      });
    }
    socket.pipe(onward).pipe(socket);
  });
  const restore = () => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const cut = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  await restore();
  endings.push(cut);
  return { port, cut, restore };
}
