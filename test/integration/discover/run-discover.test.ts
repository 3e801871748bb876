import { writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { runDiscover } from '../../../src/commands/discover/run-discover.ts';
import { createSystemClock } from '../../../src/lib/clock.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { createMqttLink } from '../../../src/transports/mqtt.ts';
import type { MqttLink } from '../../../src/transports/mqtt-link.ts';
import { type Mosquitto, prepareMosquitto, temporaryDirectory } from '../sink/mosquitto.ts';

const clock = createSystemClock();
const ending = new AbortController();
let broker: Mosquitto | undefined;

afterEach(async () => {
  vi.restoreAllMocks();
  await broker?.kill();
  broker = undefined;
});

/** A broker with one plug on it. */
async function startBroker(login?: { username: string; password: string }): Promise<string> {
  broker = await prepareMosquitto(login === undefined ? {} : { login });
  await broker.start();
  const url = `mqtt://127.0.0.1:${broker.port}`;
  const link = await new Promise<MqttLink>((resolve) => {
    const options = {
      url,
      clientId: 'plug',
      protocol: 5 as const,
      keepaliveS: 30,
      verifyCertificate: true,
      ...(login === undefined ? {} : { username: login.username, password: () => login.password }),
    };
    const hooks = { onConnect: () => resolve(made), onDisconnect: () => {} };
    const made: MqttLink = createMqttLink(options, hooks, clock, silentLogger);
    made.run(ending.signal);
  });
  await link.publish('shellies/shellyplug-s-12AB34/relay/0/power', '55.15', { qos: 1, retain: true });
  return url;
}

/** What the command writes to stdout and stderr, and its exit code. */
async function runCommand(url: string | undefined, options: Parameters<typeof runDiscover>[1]) {
  const texts = { out: '', err: '' };
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    texts.out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    texts.err += String(text);
    return true;
  });
  const code = await runDiscover(url, options);
  return { ...texts, code };
}

describe('busbar discover', () => {
  it('prints a file that holds the findings as comments and the configuration', async () => {
    const url = await startBroker();
    const { out, code } = await runCommand(url, { seconds: 1 });
    expect(code).toBe(0);
    expect(out).toMatch(/# shelly-gen1\s+shellyplug-s-12AB34\s+p 55.15 W\s+only retained/);
    expect(parse(out)).toEqual({
      sources: [
        {
          type: 'shelly-gen1',
          id: 'shelly_gen1',
          broker: { url },
          devices: [
            { id: 'shellyplug_s_12ab34', name: 'shellyplug-s-12AB34', device: 'shellyplug-s-12AB34' },
          ],
        },
      ],
    });
  });

  it('prints one JSON document', async () => {
    const url = await startBroker();
    const { out, err } = await runCommand(url, { seconds: 1, json: true });
    expect(JSON.parse(out)).toMatchObject({
      broker: url,
      devices: [
        { kind: 'shelly-gen1', quantities: [{ key: 'p', value: 55.15 }], retained: true, live_messages: 0 },
      ],
      left_out: 0,
    });
    expect(err).toBe('');
  });

  it('logs in with a password file, and names it in the configuration', async () => {
    const url = await startBroker({ username: 'me', password: 'secret7' });
    const passwordFile = `${temporaryDirectory()}/password`;
    writeFileSync(passwordFile, 'secret7\n');
    const { out } = await runCommand(url, { seconds: 1, username: 'me', passwordFile });
    expect(parse(out).sources[0].broker).toEqual({ url, username: 'me', passwordFile });
    expect(out).not.toContain('secret7');
  });

  it('says what is wrong with a login, with a URL, and with no broker', async () => {
    const url = await startBroker({ username: 'me', password: 'secret7' });
    await expect(runDiscover(url, { seconds: 1, json: true })).rejects.toMatchObject({
      name: 'CommandError',
      exitCode: 69,
      message: expect.stringContaining('--username'),
    });
    await expect(runDiscover('mqtt://me:secret7@host', {})).rejects.toThrow(/--username and --password-file/);
    await expect(runDiscover('mqtt://me:secret7@host', {})).rejects.not.toThrow(/secret7/);
    await broker?.kill();
    await expect(runDiscover(url, { seconds: 1, json: true })).rejects.toMatchObject({ exitCode: 69 });
  });

  it('says so when nothing is there', async () => {
    broker = await prepareMosquitto();
    await broker.start();
    const { out, err, code } = await runCommand(`mqtt://127.0.0.1:${broker.port}`, { seconds: 1 });
    expect([out, code]).toEqual(['', 69]);
    expect(err).toMatch(/Nothing was heard/);
  });
});
