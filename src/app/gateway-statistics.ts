import { performance } from 'node:perf_hooks';
import type { Source, Statistics } from '../domain/source.ts';

/** What the statistics are gathered from. */
export interface StatisticsParts {
  readonly sources: readonly Source[];
  readonly sink: () => Statistics;
  readonly pipeline: () => Statistics;
  readonly broker: (() => Statistics) | undefined;
}

/** Everything that stands in `gateway/stats`: counters since the start, memory in MiB, times in ms. */
export function createGatewayStatistics(parts: StatisticsParts, uptimeMs: () => number): () => Statistics {
  let lastLoop = performance.eventLoopUtilization();
  return () => {
    const memory = process.memoryUsage();
    const cpu = process.cpuUsage();
    const uptime = uptimeMs();
    const loop = performance.eventLoopUtilization(lastLoop);
    lastLoop = performance.eventLoopUtilization();
    return {
      uptime_s: Math.round(uptime / 1000),
      cpu_percent: Math.round((cpu.user + cpu.system) / Math.max(1, uptime) / 0.1) / 100,
      memory: {
        rss_mib: mib(memory.rss),
        heap_mib: mib(memory.heapUsed),
        external_mib: mib(memory.external),
      },
      event_loop_percent: Math.round(loop.utilization * 10_000) / 100,
      buses: Object.fromEntries(parts.sources.map((source) => [source.id, source.statistics()])),
      plausibility: parts.pipeline(),
      mqtt: parts.sink(),
      ...(parts.broker === undefined ? {} : { broker: parts.broker() }),
    };
  };
}

function mib(bytes: number): number {
  return Math.round(bytes / 104857.6) / 10;
}
