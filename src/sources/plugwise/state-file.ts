import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';

const MAC = z.string().regex(/^[0-9A-F]{16}$/);
const amount = z.number().min(0).max(1e9);

const ENERGY = z.object({
  importKwh: amount,
  exportKwh: amount,
  finishedHour: z.int().min(0),
  hours: z
    .array(
      z.object({
        hour: z.int().min(0),
        consumed: z.number().min(0),
        produced: z.number().min(0),
        at: z.number().min(0),
        isBroken: z.boolean(),
      }),
    )
    .max(100),
});

const NODE = z.object({
  /** The four floats as the node sent them. */
  calibration: z
    .string()
    .regex(/^[0-9A-F]{32}$/)
    .optional(),
  facts: z
    .object({
      hardware: z.string().max(32),
      firmwareS: z.int().min(0).max(0xffffffff),
      type: z.int().min(0).max(255),
    })
    .optional(),
  energy: ENERGY.optional(),
});

const CONTENT = z.object({
  version: z.literal(1),
  network: z.object({ circlePlus: MAC, readAt: z.number().min(0), nodes: z.array(MAC).max(64) }).optional(),
  nodes: z.record(MAC, NODE),
});

/** What is known of a network and its nodes for longer than one run. */
export type StoredNetwork = z.output<typeof CONTENT>;
export type StoredNode = z.output<typeof NODE>;

/** More than any network can fill. */
const MAX_BYTES = 1024 * 1024;

export interface StateFile {
  /** What was kept; `problem` says in words why a file that is there is of no use. Never rejects. */
  read(): Promise<{ readonly content: StoredNetwork | undefined; readonly problem: string | undefined }>;
  /** Replaces the file in one step, where it changed. Rejects with an Error of the system. */
  write(content: StoredNetwork): Promise<void>;
}

export function createStateFile(path: string): StateFile {
  let saved: string | undefined;
  let writing: Promise<void> = Promise.resolve();
  return {
    async read() {
      let text: string;
      try {
        const bytes = await readFile(path);
        if (bytes.length > MAX_BYTES) return { content: undefined, problem: `${path} is too large` };
        text = bytes.toString('utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT')
          return { content: undefined, problem: undefined };
        return { content: undefined, problem: `${path} cannot be read (${messageOf(error)})` };
      }
      try {
        const content = CONTENT.parse(JSON.parse(text));
        saved = text;
        return { content, problem: undefined };
      } catch {
        return { content: undefined, problem: `${path} is damaged` };
      }
    },
    write(content) {
      const text = `${JSON.stringify(content, undefined, 1)}\n`;
      const next = writing.then(async () => {
        if (text === saved) return;
        await replace(path, text);
        saved = text;
      });
      writing = next.catch(() => {});
      return next;
    },
  };
}

async function replace(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(`${path}.new`, 'w', 0o644);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
