/** What may stand in topics, topic filters and client ids; all of them are keys in tables of the broker. */

export const MAX_TOPIC_LEVELS = 16;
const MAX_TOPIC_BYTES = 256;
const MAX_CLIENT_ID_CHARACTERS = 128;

// aedes keeps some tables in plain objects: a key that every object inherits is found there at once.
const INHERITED: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** What is wrong with the topic of a message (MQTT 4.7); undefined if it can be used. */
export function topicProblem(topic: string): string | undefined {
  if (/[+#]/.test(topic)) return 'a wildcard is not allowed in the topic of a message';
  return textProblem(topic);
}

/** What is wrong with the filter of a subscription (MQTT 4.7.1); undefined if it can be used. */
export function filterProblem(filter: string): string | undefined {
  const levels = filter.split('/');
  const isMisplaced = levels.some((level, index) => {
    if (level.includes('#')) return level !== '#' || index !== levels.length - 1;
    return level.includes('+') && level !== '+';
  });
  return isMisplaced ? 'a wildcard is not a level of its own, or # is not the last' : textProblem(filter);
}

/** What is wrong with a client id; undefined if it can be used. Empty asks the broker to make one up. */
export function clientIdProblem(
  clientId: string,
  session: { readonly isClean: boolean; readonly version: number },
): string | undefined {
  if (clientId === '')
    return session.isClean || session.version === 5
      ? undefined
      : 'an empty client id needs a clean session (MQTT-3.1.3-8)';
  if (clientId.length > MAX_CLIENT_ID_CHARACTERS)
    return `a client id is longer than ${MAX_CLIENT_ID_CHARACTERS} characters`;
  if (CONTROL.test(clientId)) return 'a client id holds control characters';
  if (INHERITED.has(clientId)) return 'this client id is reserved';
  return undefined;
}

function textProblem(text: string): string | undefined {
  if (text === '') return 'a topic is empty';
  if (Buffer.byteLength(text) > MAX_TOPIC_BYTES) return `a topic is longer than ${MAX_TOPIC_BYTES} bytes`;
  if (CONTROL.test(text)) return 'a topic holds control characters';
  const levels = text.split('/');
  if (levels.length > MAX_TOPIC_LEVELS) return `a topic has more than ${MAX_TOPIC_LEVELS} levels`;
  if (levels.some((level) => INHERITED.has(level))) return 'a level of a topic is a reserved name';
  return undefined;
}
