import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from './certificates.ts';
import { firstAnswer } from './first-answer.ts';
import { freePort, type Mosquitto, prepareMosquitto } from './mosquitto.ts';

const authority = createAuthority('Busbar test CA');
const stranger = createAuthority('Another CA');
const brokers: Mosquitto[] = [];
let plain: Mosquitto;
let secure: Mosquitto;
let expired: Mosquitto;
let misnamed: Mosquitto;
let mutual: Mosquitto;
let web: Server;

async function startTls(host: string, names: string, days: number, ...more: string[]): Promise<Mosquitto> {
  const { certFile, keyFile } = authority.issue(host, names, days);
  const broker = await prepareMosquitto({
    lines: [`certfile ${certFile}`, `keyfile ${keyFile}`, `cafile ${authority.caFile}`, ...more],
  });
  brokers.push(broker);
  await broker.start();
  return broker;
}

beforeAll(async () => {
  plain = await prepareMosquitto({ login: { username: 'gateway', password: 'right-s3cret' } });
  brokers.push(plain);
  await plain.start();
  secure = await startTls('localhost', 'DNS:localhost,IP:127.0.0.1', 2);
  expired = await startTls('expired', 'IP:127.0.0.1', -1);
  misnamed = await startTls('elsewhere', 'DNS:elsewhere.example', 2);
  mutual = await startTls('mutual', 'IP:127.0.0.1', 2, 'require_certificate true');
  web = createHttpServer((_request, response) => response.end('hello'));
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  for (const broker of brokers) await broker.kill();
  await new Promise((resolve) => web.close(resolve));
});

const ca = readFileSync(authority.caFile);
const tls = (broker: Mosquitto) => `mqtts://127.0.0.1:${broker.port}`;

describe('login and TLS at mosquitto', () => {
  it.each([5, 4] as const)('lets the right password in, protocol %d', async (protocol) => {
    const url = `mqtt://127.0.0.1:${plain.port}`;
    const password = () => 'right-s3cret';
    const answer = await firstAnswer({ url, protocol, username: 'gateway', password });
    expect(answer.protocol).toBe(protocol);
  });

  it.each([5, 4] as const)(
    'says what to do about a wrong password, without it, protocol %d',
    async (protocol) => {
      const url = `mqtt://127.0.0.1:${plain.port}`;
      const { error, log } = await firstAnswer({
        url,
        protocol,
        username: 'gateway',
        password: () => 'wrong-s3cret',
      });
      expect(error?.code).toBe('not-authorised');
      expect(error?.message).toContain('mqtt.password');
      expect(`${error?.message}${error?.stack}${log}`).not.toContain('s3cret');
    },
  );

  it('takes the login from the URL and shows it nowhere', async () => {
    const right = await firstAnswer({ url: `mqtt://gateway:right-s3cret@127.0.0.1:${plain.port}` });
    expect(right.protocol).toBe(5);
    const wrong = await firstAnswer({ url: `mqtt://gateway:wrong-s3cret@127.0.0.1:${plain.port}` });
    expect(wrong.error?.code).toBe('not-authorised');
    expect(`${wrong.error?.message}${right.log}${wrong.log}`).not.toContain('s3cret');
  });

  it('asks for a name where the broker wants one', async () => {
    const { error } = await firstAnswer({ url: `mqtt://127.0.0.1:${plain.port}` });
    expect(error?.code).toBe('not-authorised');
  });

  it('trusts the CA it was given, by address and by name', async () => {
    expect((await firstAnswer({ url: tls(secure), ca })).protocol).toBe(5);
    expect((await firstAnswer({ url: `mqtts://localhost:${secure.port}`, ca })).protocol).toBe(5);
  });

  it('trusts anybody only when told so', async () => {
    expect((await firstAnswer({ url: tls(secure), verifyCertificate: false })).protocol).toBe(5);
  });

  it.each([
    ['no CA', () => ({ url: tls(secure) }), 'certificate-untrusted', 'mqtt.caFile'],
    [
      'another CA',
      () => ({ url: tls(secure), ca: readFileSync(stranger.caFile) }),
      'certificate-untrusted',
      'mqtt.caFile',
    ],
    ['an expired certificate', () => ({ url: tls(expired), ca }), 'certificate-expired', 'renew it'],
    [
      'a certificate for another name',
      () => ({ url: tls(misnamed), ca }),
      'certificate-name',
      'another name',
    ],
    ['no client certificate', () => ({ url: tls(mutual), ca }), 'tls-failed', 'mqtt.certFile'],
    [
      'a CA file that is none',
      () => ({ url: tls(secure), ca: 'nonsense' }),
      'certificate-untrusted',
      'mqtt.caFile',
    ],
    [
      'a key file that is none',
      () => ({ url: tls(secure), ca, cert: 'x', key: 'y' }),
      'certificate-file',
      'PEM',
    ],
    ['TLS at a plain port', () => ({ url: tls(plain), ca }), 'not-tls', 'mqtt://'],
    ['no TLS at a TLS port', () => ({ url: `mqtt://127.0.0.1:${secure.port}` }), 'not-mqtt', 'mqtts://'],
    ['a web server', () => ({ url: `mqtt://127.0.0.1:${webPort()}` }), 'not-mqtt', 'mqtt.url'],
    [
      'a web server without WebSocket',
      () => ({ url: `ws://127.0.0.1:${webPort()}/mqtt` }),
      'not-mqtt',
      'HTTP 200',
    ],
    [
      'an unknown host',
      () => ({ url: 'mqtt://no-such-host.invalid' }),
      'host-not-found',
      'no-such-host.invalid',
    ],
  ])('says what is wrong: %s', async (_name, options, code, words) => {
    const { error } = await firstAnswer(options());
    expect(error).toMatchObject({ code });
    expect(error?.message).toContain(words);
  });

  it('shows its own certificate where the broker wants one', async () => {
    const own = authority.issue('gateway', 'DNS:gateway', 2);
    const [cert, key] = [readFileSync(own.certFile), readFileSync(own.keyFile)];
    expect((await firstAnswer({ url: tls(mutual), ca, cert, key })).protocol).toBe(5);
  });

  it('says that nobody listens', async () => {
    const { error } = await firstAnswer({ url: `mqtt://127.0.0.1:${await freePort()}` });
    expect(error?.code).toBe('refused');
  });
});

function webPort(): number {
  return (web.address() as AddressInfo).port;
}
