import { mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import type { Logger } from '../../lib/logger.ts';
import { isOwnTopic } from './topics.ts';

const FILE_NAME = 'published-topics.json';
const MAX_FILE_BYTES = 4 * 1024 * 1024;
const MAX_TOPICS = 20_000;

/**
 * The list of topics that may stand retained on the broker, kept in a file, so that what leaves the
 * configuration can be cleared by the next run. A file that is missing or damaged counts as an empty list.
 */
export class PublishedTopics {
  #saved: string | undefined;
  #writing: Promise<void> = Promise.resolve();
  #hasWarned = false;

  constructor(
    private readonly directory: string,
    private readonly logger: Logger,
  ) {}

  /** What earlier runs have left. Never rejects. */
  async load(): Promise<ReadonlySet<string>> {
    const path = `${this.directory}/${FILE_NAME}`;
    try {
      const { size } = await stat(path);
      if (size > MAX_FILE_BYTES) throw new Error(`it has ${size} bytes`);
      const text = await readFile(path, 'utf8');
      const topics = parseTopics(text);
      this.#saved = text;
      return topics;
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ENOENT')
        this.logger.warn(
          `${path} cannot be used (${messageOf(error)}); topics of an earlier configuration stay on the broker`,
        );
      return new Set();
    }
  }

  /** Replaces the list on disk, in one step and only where it changed. Never rejects. */
  save(topics: ReadonlySet<string>): Promise<void> {
    const text = `${JSON.stringify({ version: 1, topics: [...topics].sort() }, undefined, 1)}\n`;
    this.#writing = this.#writing.then(async () => {
      if (text === this.#saved) return;
      try {
        await this.#replace(text);
        this.#saved = text;
      } catch (error) {
        if (this.#hasWarned) return;
        this.#hasWarned = true;
        this.logger.warn(
          `cannot write ${this.directory}/${FILE_NAME} (${messageOf(error)}); topics that leave the configuration will not be cleared`,
        );
      }
    });
    return this.#writing;
  }

  async #replace(text: string): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    const path = `${this.directory}/${FILE_NAME}`;
    const file = await open(`${path}.new`, 'w', 0o644);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
  }
}

function parseTopics(text: string): ReadonlySet<string> {
  const content: unknown = JSON.parse(text);
  const list =
    typeof content === 'object' && content !== null && Object.hasOwn(content, 'topics')
      ? (content as { topics: unknown }).topics
      : undefined;
  if (!Array.isArray(list)) throw new Error('it holds no list of topics');
  return new Set(list.filter(isOwnTopic).slice(0, MAX_TOPICS));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
