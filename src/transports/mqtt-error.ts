/** Why the broker cannot be used; the message of a MqttLinkError says what to do about each. */
export type MqttLinkErrorCode =
  | 'bad-url'
  | 'refused'
  | 'host-not-found'
  | 'unreachable'
  | 'timeout'
  | 'bad-credentials'
  | 'not-authorised'
  | 'client-id-rejected'
  | 'protocol-version'
  | 'broker-unavailable'
  | 'taken-over'
  | 'certificate-expired'
  | 'certificate-untrusted'
  | 'certificate-name'
  | 'certificate-file'
  | 'not-tls'
  | 'tls-failed'
  | 'not-mqtt'
  | 'lost'
  | 'no-acknowledgement'
  | 'not-connected'
  | 'congested'
  | 'publish-refused'
  | 'failed';

/** Something between this program and its broker failed. Never holds a name or password of a login. */
export class MqttLinkError extends Error {
  override readonly name = 'MqttLinkError';
  constructor(
    readonly code: MqttLinkErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

type Explanation = readonly [code: MqttLinkErrorCode, rest: string];

// Numbers of the CONNACK (MQTT 3.1.1 section 3.2.2.3, MQTT 5 section 3.2.2.2) and of DISCONNECT (3.14.2.1).
const REASONS: ReadonlyMap<number, Explanation> = new Map<number, Explanation>([
  [1, ['protocol-version', 'does not speak this version of MQTT; set mqtt.protocol to 4 for MQTT 3.1.1']],
  [2, ['client-id-rejected', 'rejects the client id; choose another one with mqtt.clientId']],
  [3, ['broker-unavailable', 'is not ready to serve; it is tried again']],
  [4, ['bad-credentials', 'rejects the user name or password; check mqtt.username and mqtt.password']],
  [
    5,
    [
      'not-authorised',
      'does not let this user in; check mqtt.username, mqtt.password and the rights it has there',
    ],
  ],
  [129, ['not-mqtt', 'finds the packets malformed; is it an MQTT broker?']],
  [130, ['failed', 'reports a protocol error']],
  [132, ['protocol-version', 'does not speak MQTT 5; set mqtt.protocol to 4 for MQTT 3.1.1']],
  [133, ['client-id-rejected', 'rejects the client id; choose another one with mqtt.clientId']],
  [134, ['bad-credentials', 'rejects the user name or password; check mqtt.username and mqtt.password']],
  [
    135,
    [
      'not-authorised',
      'does not let this user in; check mqtt.username, mqtt.password and the rights it has there',
    ],
  ],
  [136, ['broker-unavailable', 'is not ready to serve; it is tried again']],
  [137, ['broker-unavailable', 'is busy; it is tried again']],
  [138, ['not-authorised', 'has banned this client; ask who runs it']],
  [139, ['broker-unavailable', 'is shutting down; it is tried again']],
  [140, ['not-authorised', 'asks for another way of logging in than name and password']],
  [141, ['lost', 'heard nothing from this side in time']],
  [142, ['taken-over', 'dropped this link for another client with the same client id; give each its own']],
  [147, ['congested', 'got more unacknowledged messages than it takes']],
  [149, ['failed', 'finds a packet too large; raise its limit']],
  [150, ['congested', 'finds the message rate too high; raise its limit or poll less often']],
  [151, ['congested', 'has a quota that is used up']],
  [154, ['failed', 'does not keep retained messages; set mqtt.retain to false']],
  [159, ['broker-unavailable', 'gets too many connections a second; it is tried again']],
]);

const SYSTEM: ReadonlyMap<string, Explanation> = new Map<string, Explanation>([
  [
    'ECONNREFUSED',
    ['refused', 'refuses the connection: no broker listens there; start it or correct mqtt.url'],
  ],
  ['ENOTFOUND', ['host-not-found', 'has a name that is not known; correct the host in mqtt.url or the DNS']],
  ['EAI_AGAIN', ['host-not-found', 'cannot be looked up: the name server does not answer']],
  ['EHOSTUNREACH', ['unreachable', 'cannot be reached: is the host on, is the network up?']],
  ['ENETUNREACH', ['unreachable', 'cannot be reached: is the network up?']],
  ['EHOSTDOWN', ['unreachable', 'cannot be reached: is the host on?']],
  ['ETIMEDOUT', ['timeout', 'does not answer: is the host on, does a firewall stand between?']],
  [
    'CERT_HAS_EXPIRED',
    ['certificate-expired', 'shows a certificate that has expired; renew it on the broker'],
  ],
  [
    'CERT_NOT_YET_VALID',
    ['certificate-expired', 'shows a certificate that is not valid yet; check the clocks'],
  ],
  ['CERT_REVOKED', ['certificate-untrusted', 'shows a certificate that was revoked']],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    ['certificate-name', 'shows a certificate for another name; use that name in mqtt.url'],
  ],
  [
    'ERR_SSL_WRONG_VERSION_NUMBER',
    ['not-tls', 'does not speak TLS at that port; use mqtt:// or its TLS port'],
  ],
  ['EPROTO', ['not-tls', 'does not speak TLS as expected; check scheme and port of mqtt.url']],
]);

const UNTRUSTED =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(GET|VERIFY|DECRYPT|DECODE)_\w+|INVALID_CA|CERT_UNTRUSTED|CERT_SIGNATURE_FAILURE|INVALID_PURPOSE|CERT_REJECTED)$/;

/** How far a link had come when it ended: bytes flow (after TLS) when `open`, MQTT when `connected`. */
export type LinkStage = 'opening' | 'open' | 'connected';

/**
 * One sentence for whatever ended a try or a link. `label` names the broker without its login, for example
 * `mqtt://192.168.1.5:1883`.
 */
export function explainLinkEnd(label: string, stage: LinkStage, cause: unknown): MqttLinkError {
  if (cause instanceof MqttLinkError) return cause;
  const [code, rest] = explanation(label.startsWith('mqtts:'), stage, cause);
  return new MqttLinkError(code, `the MQTT broker ${label} ${rest}`, { cause });
}

/** The sentence for a CONNACK, PUBACK or DISCONNECT that carries a reason. */
export function explainReason(label: string, reason: number): MqttLinkError {
  const [code, rest] = REASONS.get(reason) ?? ['failed', `gives the reason code ${reason}`];
  return new MqttLinkError(code, `the MQTT broker ${label} ${rest}`);
}

function explanation(isTls: boolean, stage: LinkStage, cause: unknown): Explanation {
  const code = (cause as { code?: unknown } | undefined)?.code;
  const text = cause instanceof Error ? cause.message : '';
  if (typeof code === 'number') return REASONS.get(code) ?? ['failed', `gives the reason code ${code}`];
  if (text === 'connack timeout')
    return [
      'timeout',
      'does not answer: is it an MQTT broker, is the host on, does a firewall stand between?',
    ];
  if (text === 'Keepalive timeout') return ['lost', 'no longer answers; the link was dropped'];
  if (typeof code === 'string') {
    const known = SYSTEM.get(code);
    if (known !== undefined && stage !== 'connected') return known;
    if (UNTRUSTED.test(code))
      return [
        'certificate-untrusted',
        'shows a certificate that is not signed by a known authority; give its CA with mqtt.caFile',
      ];
    if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) return tlsFailure(code);
    if (code.startsWith('ERR_OSSL_'))
      return ['certificate-file', 'cannot be asked: mqtt.caFile, certFile or keyFile holds no valid PEM'];
  }
  const response = /Unexpected server response: (\d+)/.exec(text);
  if (response !== null)
    return [
      'not-mqtt',
      `answers the WebSocket request with HTTP ${response[1]}; check path and port of mqtt.url`,
    ];
  if (stage === 'connected') return ['lost', 'closed the connection'];
  const hasHungUp = cause === undefined || code === 'ECONNRESET' || code === 'EPIPE';
  if (hasHungUp && stage === 'opening' && isTls)
    return ['not-tls', 'hung up instead of TLS; use mqtt:// or its TLS port'];
  if (hasHungUp)
    return [
      'not-mqtt',
      'closed the connection before it answered: is it an MQTT broker, and is TLS (mqtts://) right?',
    ];
  if (isParserError(text)) return ['not-mqtt', 'answers, but not in MQTT; check the port of mqtt.url'];
  return ['failed', `cannot be used: ${text === '' ? 'no reason given' : text}`];
}

function tlsFailure(code: string): Explanation {
  if (/CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|BAD_CERTIFICATE|UNKNOWN_CA/.test(code))
    return ['tls-failed', 'wants a client certificate it knows; check mqtt.certFile and mqtt.keyFile'];
  return ['tls-failed', `fails at TLS (${code}); check its certificate and versions`];
}

// The parser of mqtt-packet has no error codes; its sentences about bytes begin with these words.
function isParserError(text: string): boolean {
  return /^(Invalid|Cannot parse|Malformed|Unknown|Packet|Header|Wrong|Not supported|Frame|WebSocket|Parse)/i.test(
    text,
  );
}
