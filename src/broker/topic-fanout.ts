import { FilterTrie } from './filter-trie.ts';

/** A message as aedes hands it to those who subscribed. */
export interface FanoutMessage {
  readonly topic: string;
}

type Listener = (message: FanoutMessage, done: () => void) => void;

/**
 * Hands a message to all who subscribed, in place of aedes' own emitter (its option `mq`). That one ends a
 * publish only when the slowest subscriber has taken it, and stops for everybody after 100 of them; here a
 * publish ends when it was handed out, and a subscriber that does not read is dealt with on its own
 * (see Backlog).
 */
export interface TopicFanout {
  on(filter: string, listener: Listener, done?: () => void): this;
  removeListener(filter: string, listener: Listener, done?: () => void): this;
  emit(message: FanoutMessage, done?: (error?: Error) => void): this;
  close(done: () => void): this;
}

export function createTopicFanout(onFault: (error: unknown) => void): TopicFanout {
  const listeners = new FilterTrie<Listener>();
  let isClosed = false;
  const fanout: TopicFanout = {
    on(filter, listener, done) {
      listeners.add(filter, listener);
      if (done !== undefined) setImmediate(done);
      return fanout;
    },
    removeListener(filter, listener, done) {
      listeners.remove(filter, listener);
      if (done !== undefined) setImmediate(done);
      return fanout;
    },
    emit(message, done) {
      if (isClosed) {
        done?.(new Error('the broker is closing'));
        return fanout;
      }
      for (const listener of listeners.match(message.topic)) {
        try {
          listener(message, ignore);
        } catch (error) {
          onFault(error);
        }
      }
      if (done !== undefined) setImmediate(done);
      return fanout;
    },
    close(done) {
      isClosed = true;
      setImmediate(done);
      return fanout;
    },
  };
  return fanout;
}

function ignore(): void {}
