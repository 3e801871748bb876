import { isLoopback } from './admission.ts';

/** Whether clients without a login are let in: where it is written out, or on loopback without users. */
export function isOpenBroker(config: {
  readonly host: string;
  readonly allowAnonymous: boolean;
  readonly users: readonly unknown[];
}): boolean {
  return config.allowAnonymous || (config.users.length === 0 && isLoopback(config.host));
}
