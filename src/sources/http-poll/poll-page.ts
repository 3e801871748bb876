import { freshnessMs } from '../../domain/device.ts';
import { backoffMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import type { DeviceFeed } from '../../mapping/device-feed.ts';
import type { Episodes } from '../../mapping/episodes.ts';
import type { HttpAnswer, HttpClient, PageMarks } from '../../transports/http.ts';
import { HttpError } from '../../transports/http-error.ts';
import type { PagePlan } from './page-plan.ts';
import { createPageTime } from './page-time.ts';
import { type LookUp, openPage, readValues } from './page-values.ts';
import type { PollCounters } from './poll-counters.ts';

/** What polling a page needs of its surroundings. */
export interface PollContext {
  readonly sourceId: string;
  readonly client: HttpClient;
  readonly clock: Clock;
  readonly episodes: Episodes;
  readonly counters: PollCounters;
  readonly feeds: ReadonlyMap<string, DeviceFeed>;
  readonly maxBytes: number;
}

const LONGEST_BACKOFF_MS = 60_000;

type Answered = Extract<HttpAnswer, { kind: 'page' }>;

/** A page with what is known of it from one poll to the next. */
export class PolledPage {
  readonly #judgeTime = createPageTime();
  readonly #label: string;
  #marks: PageMarks | undefined;
  #failures = 0;
  #retryAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    readonly plan: PagePlan,
    private readonly context: PollContext,
    /** The shortest of its devices. */
    private readonly intervalMs: number,
  ) {
    this.#label = labelOf(plan.url);
  }

  /** Asks for the page unless it is held back after failures; its due devices get their samples. Never rejects. */
  async poll(due: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    const { client, clock, counters, episodes, sourceId } = this.context;
    // A slot that comes a little early must not count as held back for one interval more.
    if (clock.monotonicMs() < this.#retryAtMs - this.intervalMs / 2) return;
    const begunMs = clock.monotonicMs();
    counters.requests++;
    try {
      const { url, method, body, headers } = this.plan;
      const answer = await client.ask({ url, method, body, headers, marks: this.#marks }, signal);
      const halfMs = (clock.monotonicMs() - begunMs) / 2;
      if (answer.kind === 'page') this.#use(answer, due, clock.now() - halfMs);
      else counters.unchanged++;
      this.#failures = 0;
      this.#retryAtMs = Number.NEGATIVE_INFINITY;
      episodes.end(url, 'page-back', `${sourceId}: ${this.#label} answers again`);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof HttpError)) throw error;
      this.#fail(error);
    }
  }

  #use(page: Answered, due: ReadonlySet<string>, middle: number): void {
    const lookUp = openPage(page.bytes, page.contentType, this.plan.format, this.context.maxBytes);
    if (typeof lookUp !== 'function') {
      this.#marks = undefined;
      const hint = 'open it in a browser: is it the page that is meant?';
      throw new HttpError('failed', `${this.#label} cannot be understood: ${lookUp.problem}; ${hint}`);
    }
    this.#marks = page.marks;
    const takenAt = this.#timeOf(lookUp, middle);
    if (takenAt !== undefined) this.#tell(lookUp, due, takenAt);
  }

  #timeOf(lookUp: LookUp, middle: number): number | undefined {
    if (this.plan.timePath === undefined) return middle;
    const { clock, counters, feeds } = this.context;
    const freshMs = Math.max(0, ...[...feeds.values()].map((feed) => freshnessMs(feed.device)));
    const time = this.#judgeTime(lookUp(this.plan.timePath), clock.now(), freshMs);
    if (time.kind === 'fresh') return time.takenAt;
    if (time.kind === 'clock-wrong') counters.clockWrong++;
    else if (time.kind === 'not-moved') counters.notMoved++;
    else counters.timeMissing++;
    return time.kind === 'clock-wrong' ? middle : undefined;
  }

  #tell(lookUp: LookUp, due: ReadonlySet<string>, takenAt: number): void {
    const { counters, episodes, feeds } = this.context;
    const label = this.#label;
    for (const { deviceId, values } of this.plan.parts) {
      if (!due.has(deviceId)) continue;
      const { readings, missing } = readValues(values, lookUp);
      counters.valuesMissing += missing.length;
      feeds.get(deviceId)?.take(readings, takenAt);
      const hint = 'no such path, or no number there; check path';
      for (const { key } of values) {
        const episode = `${deviceId} ${key}`;
        if (missing.includes(key))
          episodes.begin(episode, 'value-missing', `${deviceId}: ${label} has no ${key}: ${hint}`, deviceId);
        else episodes.end(episode, 'value-back', `${deviceId}: ${label} has ${key} again`, deviceId);
      }
    }
  }

  #fail(error: HttpError): void {
    const { clock, counters, episodes, sourceId } = this.context;
    counters.fail(error.code === 'status' ? `status_${error.status}` : error.code);
    const delays = { firstMs: this.intervalMs, maxMs: LONGEST_BACKOFF_MS };
    this.#retryAtMs = clock.monotonicMs() + backoffMs(this.#failures++, delays);
    const { hintWhereMissing } = this.plan;
    const hint = error.status === 404 && hintWhereMissing !== undefined ? `; ${hintWhereMissing}` : '';
    const message = `${sourceId}: ${error.message}${hint}; trying again until it is there`;
    episodes.begin(this.plan.url, 'page-failed', message);
  }
}

function labelOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}
