import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { MqttConfig } from '../../../../src/config/types.ts';
import { silentLogger } from '../../../../src/lib/logger.ts';
import { connectOptionsFrom } from '../../../../src/sinks/mqtt/connect-options.ts';
import { temporaryDirectory } from './start-sink.ts';

const CONFIG: MqttConfig = {
  url: 'mqtts://broker:8883',
  username: 'gateway',
  password: { reveal: () => 's3cret', toString: () => '***', toJSON: () => '***' },
  clientId: undefined,
  caFile: undefined,
  certFile: undefined,
  keyFile: undefined,
  verifyCertificate: true,
  protocol: 5,
  keepaliveS: 30,
  retain: true,
};
const EMBEDDED = { url: 'mqtt://127.0.0.1:1883', username: 'owner', password: () => 'drawn' };

describe('connectOptionsFrom', () => {
  it('reads the certificate files and keeps the password behind a function', () => {
    const directory = temporaryDirectory();
    writeFileSync(`${directory}/ca.pem`, 'CA');
    const config = { ...CONFIG, caFile: `${directory}/ca.pem` };
    const options = connectOptionsFrom(config, EMBEDDED, directory, silentLogger);
    expect(options).toMatchObject({ url: 'mqtts://broker:8883', username: 'gateway', ca: Buffer.from('CA') });
    expect(options.password?.()).toBe('s3cret');
    expect(JSON.stringify(options)).not.toContain('s3cret');
  });

  it('takes the embedded broker where no other is named', () => {
    const options = connectOptionsFrom(
      { ...CONFIG, url: undefined },
      EMBEDDED,
      temporaryDirectory(),
      silentLogger,
    );
    expect(options).toMatchObject({ url: 'mqtt://127.0.0.1:1883', username: 'owner' });
    expect(options.password?.()).toBe('drawn');
  });

  it('draws a client id once for each installation', () => {
    const directory = temporaryDirectory();
    const [first, second] = [0, 1].map(
      () => connectOptionsFrom(CONFIG, EMBEDDED, directory, silentLogger).clientId,
    );
    expect(first).toMatch(/^busbar-[0-9a-f]{12}$/);
    expect(second).toBe(first);
    expect(connectOptionsFrom(CONFIG, EMBEDDED, temporaryDirectory(), silentLogger).clientId).not.toBe(first);
    expect(
      connectOptionsFrom({ ...CONFIG, clientId: 'mine' }, EMBEDDED, directory, silentLogger).clientId,
    ).toBe('mine');
  });

  it('replaces a damaged client id, and does without a file where none can be written', () => {
    const directory = temporaryDirectory();
    writeFileSync(`${directory}/client-id`, 'rubbish\0');
    const { clientId } = connectOptionsFrom(CONFIG, EMBEDDED, directory, silentLogger);
    expect(readFileSync(`${directory}/client-id`, 'utf8').trim()).toBe(clientId);
    const blocked = temporaryDirectory();
    mkdirSync(`${blocked}/client-id`);
    expect(connectOptionsFrom(CONFIG, EMBEDDED, blocked, silentLogger).clientId).toMatch(/^busbar-/);
  });

  it('says which setting names a file that cannot be read', () => {
    const config = { ...CONFIG, keyFile: '/nowhere/key.pem' };
    expect(() => connectOptionsFrom(config, EMBEDDED, temporaryDirectory(), silentLogger)).toThrow(
      'mqtt.keyFile is /nowhere/key.pem, but there is no such file',
    );
  });

  it('says that there is no broker at all', () => {
    expect(() => connectOptionsFrom({ ...CONFIG, url: undefined }, undefined, '/tmp', silentLogger)).toThrow(
      'broker.enabled',
    );
  });
});
