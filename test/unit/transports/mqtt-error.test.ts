import { describe, expect, it } from 'vitest';
import { explainLinkEnd, explainReason, MqttLinkError } from '../../../src/transports/mqtt-error.ts';
import { parseBrokerUrl } from '../../../src/transports/mqtt-stream.ts';

const LABEL = 'mqtt://10.0.0.5:1883';
const withCode = (code: string | number, message = 'x') => Object.assign(new Error(message), { code });

describe('explainLinkEnd', () => {
  it.each([
    [withCode('ECONNREFUSED'), 'refused', 'no broker listens there'],
    [withCode('ENOTFOUND'), 'host-not-found', 'correct the host'],
    [withCode('EAI_AGAIN'), 'host-not-found', 'name server'],
    [withCode('EHOSTUNREACH'), 'unreachable', 'is the host on'],
    [withCode('ETIMEDOUT'), 'timeout', 'firewall'],
    [new Error('connack timeout'), 'timeout', 'is it an MQTT broker'],
    [withCode(4), 'bad-credentials', 'mqtt.password'],
    [withCode(134), 'bad-credentials', 'mqtt.password'],
    [withCode(5), 'not-authorised', 'mqtt.username'],
    [withCode(1), 'protocol-version', 'mqtt.protocol'],
    [withCode(132), 'protocol-version', 'mqtt.protocol'],
    [withCode(2), 'client-id-rejected', 'mqtt.clientId'],
    [withCode('CERT_HAS_EXPIRED'), 'certificate-expired', 'renew it'],
    [withCode('DEPTH_ZERO_SELF_SIGNED_CERT'), 'certificate-untrusted', 'mqtt.caFile'],
    [withCode('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'certificate-untrusted', 'mqtt.caFile'],
    [withCode('ERR_TLS_CERT_ALTNAME_INVALID'), 'certificate-name', 'another name'],
    [withCode('ERR_SSL_WRONG_VERSION_NUMBER'), 'not-tls', 'mqtt://'],
    [withCode('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'), 'tls-failed', 'mqtt.certFile'],
    [withCode('ERR_OSSL_PEM_NO_START_LINE'), 'certificate-file', 'PEM'],
    [new Error('Invalid header flag bits, must be 0x0 for puback packet'), 'not-mqtt', 'check the port'],
    [new Error('Unexpected server response: 404'), 'not-mqtt', 'HTTP 404'],
    [undefined, 'not-mqtt', 'before it answered'],
    [withCode('ECONNRESET'), 'not-mqtt', 'before it answered'],
    [withCode(77), 'failed', '77'],
  ])('names what happened and what to do: %s', (cause, code, words) => {
    const error = explainLinkEnd(LABEL, 'open', cause);
    expect(error).toBeInstanceOf(MqttLinkError);
    expect(error.code).toBe(code);
    expect(error.message).toContain(LABEL);
    expect(error.message).toContain(words);
  });

  it('suspects the port where TLS was hung up on', () => {
    expect(explainLinkEnd('mqtts://h:1883', 'opening', withCode('ECONNRESET')).code).toBe('not-tls');
    expect(explainLinkEnd('mqtts://h:8883', 'open', withCode('ECONNRESET')).code).toBe('not-mqtt');
  });

  it('calls the end of a link that stood a loss', () => {
    expect(explainLinkEnd(LABEL, 'connected', withCode('ECONNRESET')).code).toBe('lost');
    expect(explainLinkEnd(LABEL, 'connected', undefined).code).toBe('lost');
    expect(explainLinkEnd(LABEL, 'connected', new Error('Keepalive timeout')).message).toContain(
      'no longer answers',
    );
    expect(explainLinkEnd(LABEL, 'connected', explainReason(LABEL, 142)).code).toBe('taken-over');
  });
});

describe('parseBrokerUrl', () => {
  it.each([
    ['mqtt://10.0.0.5', 'mqtt://10.0.0.5:1883'],
    ['mqtts://broker.example', 'mqtts://broker.example:8883'],
    ['mqtt://[::1]:1884', 'mqtt://[::1]:1884'],
    ['ws://h:9001/mqtt?x=1', 'ws://h:9001/mqtt'],
    ['wss://h', 'wss://h:443/'],
  ])('%s becomes %s', (url, label) => {
    expect(parseBrokerUrl(url).label).toBe(label);
  });

  it('takes a login out of the URL and never shows it', () => {
    const address = parseBrokerUrl('mqtt://anna:s%3Acret@h');
    expect([address.username, address.password]).toEqual(['anna', 's:cret']);
    expect(address.label).toBe('mqtt://h:1883');
  });

  it.each([
    '',
    'h:1883',
    'http://h',
    'mqtt://',
    'mqtt://h:0',
    'mqtt://anna:s3cret%@h',
    'mqtt://anna:s3cret@h:99999',
  ])('refuses %j with a sentence that holds no login', (url) => {
    const attempt = () => parseBrokerUrl(url);
    expect(attempt).toThrow(MqttLinkError);
    expect(attempt).toThrow(/write|stray/);
    expect(attempt).not.toThrow(/s3cret/);
  });
});
