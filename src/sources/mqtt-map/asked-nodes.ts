import { type DeviceFeed, watchFreshness } from '../../mapping/device-feed.ts';
import type { MapperSurroundings } from './mapper.ts';
import { createPoller, type Poller, type PollerOptions } from './poller.ts';

/** One piece of hardware, with the plugs that are configured for it: one, or one for each relay or socket. */
export interface PluggedNode {
  readonly plugs: readonly {
    readonly config: { readonly intervalMs: number };
    readonly plug: { readonly feed: DeviceFeed };
  }[];
}

/** Hardware that is asked at the shortest interval of its plugs, and whose silence is noticed. */
export interface AskedNodes<N> extends Pick<Poller, 'forget' | 'counters'> {
  /** A live message came from it; it is asked at its full pace again. */
  isAlive(node: N, hasAnswered: boolean): void;
  /** Resolves when the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export function createAskedNodes<N extends PluggedNode>(
  nodes: readonly N[],
  ask: (node: N) => boolean,
  { clock, isConnected }: Pick<MapperSurroundings, 'clock' | 'isConnected'>,
  options: Pick<PollerOptions, 'isSpread' | 'answerMs'>,
): AskedNodes<N> {
  const asked = new Map(
    nodes.map((node) => {
      const intervalMs = Math.min(...node.plugs.map(({ config }) => config.intervalMs));
      return [node, { intervalMs, ask: () => ask(node) }] as const;
    }),
  );
  const poller = createPoller([...asked.values()], { ...options, clock, isConnected });
  return {
    counters: poller.counters,
    forget: poller.forget,
    isAlive(node, hasAnswered) {
      const each = asked.get(node);
      if (each === undefined) return;
      if (hasAnswered) poller.answered(each);
      poller.revive(each);
    },
    async run(signal) {
      const feeds = nodes.flatMap(({ plugs }) => plugs.map(({ plug }) => plug.feed));
      await Promise.all([poller.run(signal), watchFreshness(feeds, clock, signal)]);
    },
  };
}
