import { MqttLinkError } from '../../../src/transports/mqtt-error.ts';
import type { Done, MqttSessionEvents, OpenMqttSession } from '../../../src/transports/mqtt-session.ts';

export interface FakeSession {
  readonly protocol: 5 | 4;
  readonly published: { topic: string; done: Done }[];
  readonly subscribed: string[];
  readonly events: MqttSessionEvents;
  hasSaidGoodbye: boolean;
  receiveMaximum: number;
  waitingBytes: number;
  /** Set: a session that is closing, which refuses inside the call. */
  refusal: MqttLinkError | undefined;
  /** What the link sees when it tears the connection down. */
  destroyedWith: MqttLinkError | undefined;
}

/** Sessions that the test plays: each try of the link stands in the list. */
export function createFakeSessions() {
  const sessions: FakeSession[] = [];
  const open: OpenMqttSession = (_address, _options, protocol, events) => {
    const session: FakeSession = {
      protocol,
      published: [],
      subscribed: [],
      events,
      hasSaidGoodbye: false,
      receiveMaximum: 65_535,
      waitingBytes: 0,
      refusal: undefined,
      destroyedWith: undefined,
    };
    sessions.push(session);
    return {
      get receiveMaximum() {
        return session.receiveMaximum;
      },
      get waitingBytes() {
        return session.waitingBytes;
      },
      publish: (topic, _payload, _options, done) => {
        if (session.refusal !== undefined) done(session.refusal);
        else session.published.push({ topic, done });
      },
      subscribe: (filter, _qos, done) => {
        session.subscribed.push(filter);
        done(new MqttLinkError('publish-refused', `${filter} was not taken`));
      },
      end: () => {
        session.hasSaidGoodbye = true;
        events.onClose(new MqttLinkError('lost', 'closed by this program'));
      },
      destroy: (cause) => {
        session.destroyedWith = cause;
        events.onClose(cause);
      },
    };
  };
  return { open, sessions, last: () => sessions.at(-1) as FakeSession };
}
