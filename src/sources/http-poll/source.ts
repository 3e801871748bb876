import { readFile } from 'node:fs/promises';
import type { Emit } from '../../domain/event.ts';
import type { Source } from '../../domain/source.ts';
import { backoffMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import { createDeviceFeed, type DeviceFeed, watchFreshness } from '../../mapping/device-feed.ts';
import { createEpisodes, type Episodes } from '../../mapping/episodes.ts';
import { createHttpClient, type HttpClient } from '../../transports/http.ts';
import type { HttpServerConfig } from './config.ts';
import type { PollPlan } from './page-plan.ts';
import { createPollCounters } from './poll-counters.ts';
import { type PollContext, PolledPage } from './poll-page.ts';
import { createSlots } from './slots.ts';

/** What a source may learn of its devices once, before or between polls; true when there is no more to learn. */
export type LearnDevices = (context: PollContext, signal: AbortSignal) => Promise<boolean>;

/** Devices whose readings stand in web pages. */
export function createHttpPollSource(plan: PollPlan, clock: Clock, learn?: LearnDevices): Source {
  const counters = createPollCounters();
  let feeds: ReadonlyMap<string, DeviceFeed> = new Map();

  async function run(emit: Emit, signal: AbortSignal): Promise<void> {
    feeds = new Map(
      plan.devices.map(({ device, config }) => [
        device.id,
        createDeviceFeed({ device, emit, clock, invert: config.invert }),
      ]),
    );
    const episodes = createEpisodes(emit, clock);
    const watching = watchFreshness([...feeds.values()], clock, signal);
    const client = await createClient(plan, clock, episodes, signal);
    if (client !== undefined) {
      const { sourceId } = plan;
      const { maxBytes } = plan.server;
      const context = { sourceId, client, clock, episodes, counters, feeds, maxBytes };
      await pollPages(plan, context, learn, signal);
      client.close();
    }
    await watching;
  }

  return {
    id: plan.sourceId,
    devices: plan.devices.map(({ device }) => device),
    run,
    statistics: () => ({
      ...counters.toStatistics(),
      devices: Object.fromEntries(
        [...feeds].map(([id, { samples, dropped }]) => [id, { samples, dropped_readings: dropped }]),
      ),
    }),
  };
}

async function pollPages(
  plan: PollPlan,
  context: PollContext,
  learn: LearnDevices | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { clock, counters } = context;
  const slots = createSlots(
    plan.devices.map(({ config }) => config.intervalMs),
    clock,
  );
  const pages = plan.pages.map((page) => new PolledPage(page, context, shortestInterval(plan, page.parts)));
  let isLearned = learn === undefined;
  for (;;) {
    const slotAt = await slots.next(signal);
    counters.missedSlots = slots.missed;
    if (slotAt === undefined) return;
    const due = plan.devices.filter(({ config }) => slotAt % config.intervalMs === 0);
    const ids = new Set(due.map(({ device }) => device.id));
    for (const page of pages) {
      if (page.plan.parts.some(({ deviceId }) => ids.has(deviceId))) await page.poll(ids, signal);
    }
    if (!isLearned && !signal.aborted) isLearned = (await learn?.(context, signal)) ?? true;
  }
}

function shortestInterval(plan: PollPlan, parts: readonly { readonly deviceId: string }[]): number {
  const ids = new Set(parts.map(({ deviceId }) => deviceId));
  return Math.min(
    ...plan.devices.filter(({ device }) => ids.has(device.id)).map(({ config }) => config.intervalMs),
  );
}

// The file of certificates may lie on a disk that is mounted later; it is waited for like anything else.
async function createClient(
  { server, sourceId }: PollPlan,
  clock: Clock,
  episodes: Episodes,
  signal: AbortSignal,
): Promise<HttpClient | undefined> {
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      const ca = server.caFile === undefined ? undefined : await readFile(server.caFile, 'utf8');
      episodes.end('ca', 'certificate-read', `${sourceId}: ${server.caFile} was read`);
      return createHttpClient({ ...clientOptions(server), clock, ca });
    } catch {
      const message = `${sourceId}: ${server.caFile} cannot be read; check caFile and its permissions; trying again`;
      episodes.begin('ca', 'certificate-unreadable', message);
      await clock.sleep(backoffMs(attempt, { firstMs: 1000, maxMs: 60_000 }), signal);
    }
  }
  return undefined;
}

function clientOptions({ username, password, token, ...server }: HttpServerConfig) {
  const { timeoutMs, maxBytes, verifyCertificate } = server;
  return {
    timeoutMs,
    maxBytes,
    verifyCertificate,
    username,
    password: password?.reveal(),
    token: token?.reveal(),
  };
}
