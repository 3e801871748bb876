import mqtt from 'mqtt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashPassword } from '../../../src/broker/password.ts';
import { createSecret } from '../../../src/config/secret.ts';
import { attackLogins } from '../../support/mqtt-attack-holding.ts';
import { startWitness } from '../../support/mqtt-attack-witness.ts';
import { mosquitto, OWNER, startBroker, until } from './fixture.ts';

let running: Awaited<ReturnType<typeof startBroker>>;
beforeAll(async () => {
  const user = async (name: string, role: 'read' | 'write' | 'admin') => ({
    name,
    role,
    passwordHash: createSecret(await hashPassword(`${name} secret`)),
  });
  const users = await Promise.all([user('reader', 'read'), user('writer', 'write'), user('boss', 'admin')]);
  running = await startBroker({ users, connectTimeoutMs: 20_000 });
});
afterAll(async () => {
  await running.stop();
});

function connect(name: string | undefined, password: string | undefined, protocolVersion: 4 | 5) {
  return mqtt.connectAsync(`mqtt://127.0.0.1:${running.port}`, {
    protocolVersion,
    reconnectPeriod: 0,
    ...(name === undefined ? {} : { username: name }),
    ...(password === undefined ? {} : { password }),
  });
}

/** MQTT 5 answers with a reason; 3.1.1 has none, and the connection is closed. */
async function expectDenied(client: mqtt.MqttClient, topic: string, version: 4 | 5): Promise<void> {
  client.on('error', () => {});
  const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
  const sent = client.publishAsync(topic, 'x', { qos: 1 });
  if (version === 5) {
    await expect(sent).rejects.toMatchObject({ code: 0x87 });
    return;
  }
  sent.catch(() => {});
  await closed;
}

describe.each([4, 5] as const)('protocol version %i', (version) => {
  const refused = { code: version === 5 ? 0x87 : 5 };

  test('refuses a wrong password, an unknown user, and nobody', async () => {
    await expect(connect('writer', 'wrong', version)).rejects.toMatchObject(refused);
    await expect(connect('nobody', 'writer secret', version)).rejects.toMatchObject(refused);
    await expect(connect('constructor', 'x', version)).rejects.toMatchObject(refused);
    await expect(connect(undefined, undefined, version)).rejects.toMatchObject(refused);
  });

  test('lets a reader subscribe, not publish', async () => {
    const reader = await connect('reader', 'reader secret', version);
    const writer = await connect('writer', 'writer secret', version);
    const seen: string[] = [];
    reader.on('message', (topic) => seen.push(topic));
    await reader.subscribeAsync('login/#');
    await expectDenied(reader, 'login/reader', version);
    const again = version === 5 ? reader : await connect('reader', 'reader secret', version);
    again.on('message', (topic) => seen.push(topic));
    await again.subscribeAsync('login/#');
    await writer.publishAsync('login/writer', 'x', { qos: 1 });
    await until(() => seen.length > 0);
    expect(new Set(seen)).toEqual(new Set(['login/writer']));
    await Promise.all([reader.endAsync(true), again.endAsync(true), writer.endAsync()]);
  });

  test('shows $SYS to an administrator only, and lets nobody publish there', async () => {
    const [boss, writer] = await Promise.all([
      connect('boss', 'boss secret', version),
      connect('writer', 'writer secret', version),
    ]);
    await expect(writer.subscribeAsync('$SYS/#')).rejects.toThrow();
    await boss.subscribeAsync('$SYS/#');
    for (const client of [boss, writer]) {
      await expectDenied(client, '$SYS/busbar/new/clients', version);
    }
    await Promise.all([boss.endAsync(true), writer.endAsync(true)]);
  });
});

test('answers mosquitto_pub with "not authorised"', async () => {
  for (const flag of ['mqttv311', 'mqttv5']) {
    const login = ['-V', flag, '-u', 'writer', '-P', 'wrong', '-t', 'x', '-m', 'y'];
    const { code, output } = await mosquitto('mosquitto_pub', running.port, ...login);
    expect(code).not.toBe(0);
    expect(output).toMatch(/not authori[sz]ed/i);
  }
});

test('keeps the gateway and other addresses going under a flood of wrong passwords', async () => {
  const witness = await startWitness({ ...running, ...OWNER });
  const counts = await attackLogins({ ...running, seed: 7, logins: 64, username: 'writer' });
  const late = await startWitness({ ...running, ...OWNER });
  expect(counts.accepted).toBe(0);
  expect(await late.stop()).toMatchObject({ missed: 0, reconnects: 0 });
  expect(await witness.stop()).toMatchObject({ missed: 0, reconnects: 0 });
});
