import { isIPv6 } from 'node:net';
import { nearestWord } from '../lib/issue.ts';
import { isHostName } from './host-name.ts';

const SCHEMES = ['mqtt', 'mqtts', 'ws', 'wss'];
/** The forms of a broker's URL, for messages and tables. */
export const BROKER_URL_FORMS = 'mqtt://host:1883, mqtts://host:8883, ws://host/path, wss://host/path';

// What other programs call the same things.
const OTHER_NAMES: Readonly<Record<string, string>> = {
  tcp: 'mqtt',
  ssl: 'mqtts',
  tls: 'mqtts',
  http: 'ws',
  https: 'wss',
};

export interface BrokerUrlProblem {
  readonly problem: string;
  readonly allowed: string;
  /** What was found, as far as it can be shown. */
  readonly shown: string;
}

/** What is wrong with the URL of a broker, in words that never repeat a password; undefined if nothing is. */
export function checkBrokerUrl(text: string): BrokerUrlProblem | undefined {
  const found = problemIn(text);
  return found === undefined ? undefined : { ...found, shown: showUrl(text) };
}

// A password in a URL that lost its "@" looks like a name or a port; so only plain addresses are shown whole.
const PLAIN_ADDRESS = /^([a-z]+:\/\/)?(\d{1,3}(\.\d{1,3}){3}|localhost)(:\d{1,5})?\/?$/i;

function showUrl(text: string): string {
  if (PLAIN_ADDRESS.test(text)) return JSON.stringify(text);
  const scheme = /^[a-z]{2,10}:\/\//i.exec(text)?.[0];
  return scheme === undefined ? 'text' : `"${scheme}..."`;
}

type Problem = Omit<BrokerUrlProblem, 'shown'>;

function problemIn(text: string): Problem | undefined {
  const forms = `allowed: ${BROKER_URL_FORMS}`;
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(.*)$/is.exec(text);
  if (match === null) {
    const meant = PLAIN_ADDRESS.test(text) ? `did you mean "mqtt://${text}"? ` : '';
    return { problem: 'it is not a URL', allowed: `${meant}${forms}` };
  }
  const [, scheme = '', authority = '', rest = ''] = match;
  // A password can hold "/", so an "@" anywhere is taken for the end of one.
  if (text.includes('@'))
    return {
      problem: 'a user name or password cannot stand in the URL',
      allowed: 'write mqtt.username and mqtt.passwordFile instead',
    };
  if (!SCHEMES.includes(scheme)) {
    const near = Object.hasOwn(OTHER_NAMES, scheme) ? OTHER_NAMES[scheme] : nearestWord(scheme, SCHEMES);
    const meant = near === undefined ? '' : `did you mean "${near}"? `;
    return { problem: 'it is not a way to a broker', allowed: `${meant}${forms}` };
  }
  return targetProblem(authority, scheme.startsWith('ws') ? rest.replace(/^\/[^#]*/, '') : rest, forms);
}

function targetProblem(authority: string, rest: string, forms: string): Problem | undefined {
  const [, bracketed, plain = '', portText] = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/.exec(authority) ?? [];
  if (bracketed === undefined ? !isHostName(plain) : !isIPv6(bracketed))
    return { problem: 'the host is not a name or an address', allowed: forms };
  if (portText !== undefined && !(/^\d{1,5}$/.test(portText) && +portText >= 1 && +portText <= 65_535))
    return { problem: 'the port is not a number from 1 to 65535', allowed: forms };
  if (rest !== '' && rest !== '/')
    return { problem: 'something stands behind the host that does not belong', allowed: forms };
  return undefined;
}
