import type { PlugMessage, PlugProgram } from '../../../../src/simulator/plugs/program.ts';

/** A message as a reader takes it. */
export type Json = ReturnType<typeof JSON.parse>;

/** What was said at one topic, as JSON. */
export function at(messages: readonly PlugMessage[], topic: string): Json[] {
  return messages.filter((message) => message.topic === topic).map(({ payload }) => JSON.parse(payload));
}

/** Everything that a program says by itself in the seconds after `from`, with the second it said it. */
export function ticks(program: PlugProgram, from: number, seconds: number) {
  return Array.from({ length: seconds }, (_, n) => n + 1).flatMap((second) =>
    program.onTick(from + 1000 * second).map((message) => ({ ...message, second })),
  );
}

export function tell(program: PlugProgram, topic: string, payload: unknown, when: number) {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return program.onMessage(topic, Buffer.from(text), when);
}
