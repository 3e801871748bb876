import { buildAll } from '../../scripts/build.mjs';

/** Worker threads and the command run from dist/, so the tests build it once before the first of them. */
export default async function setup(): Promise<void> {
  await buildAll();
}
