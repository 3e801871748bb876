import { parentPort, workerData } from 'node:worker_threads';
import { createSystemClock } from '../lib/clock.ts';
import { createBrokerServer } from './broker-server.ts';
import { ListenError, type Listeners, openListeners } from './listeners.ts';
import { type FromWorker, parseSettings, parseToWorker } from './messages.ts';

/**
 * The thread of the embedded broker. It does what the gateway says and answers; an exception that nobody
 * caught ends it, the gateway sees that as the `error` of the thread, and starts another.
 */
async function runWorker(port: NonNullable<typeof parentPort>): Promise<void> {
  const settings = parseSettings(workerData);
  const say = (message: FromWorker) => port.postMessage(message);
  const clock = createSystemClock();
  const server = await createBrokerServer(settings, clock, (error) =>
    say({ type: 'fault', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
  let listeners: Listeners | undefined;
  const listen = async (tcpPort: number, websocketPort: number | undefined) => {
    try {
      listeners = await openListeners(server.doorman, {
        ...settings,
        clock,
        port: tcpPort,
        websocketPort,
      });
      say({ type: 'listening', port: listeners.port, websocketPort: listeners.websocketPort });
    } catch (error) {
      const code = error instanceof ListenError ? error.code : 'failed';
      say({ type: 'listen-failed', code, message: error instanceof Error ? error.message : String(error) });
    }
  };
  const stop = async () => {
    listeners?.close();
    await server.close();
    say({ type: 'stopped' });
    port.close();
  };
  port.on('message', (value) => {
    const message = parseToWorker(value);
    if (message?.type === 'listen') void listen(message.port, message.websocketPort);
    if (message?.type === 'stop') void stop();
    if (message?.type === 'ask') {
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      const memory = { heapBytes: heapUsed, bufferBytes: arrayBuffers };
      say({ type: 'figures', figures: { ...server.figures(), memory } });
    }
  });
  say({ type: 'ready' });
}

if (parentPort !== null) await runWorker(parentPort);
