import { readFile } from 'node:fs/promises';
import type { SimulatedBrokerConfig } from '../../config/types.ts';

/** How the simulated programs reach their broker. */
export interface BrokerLogin {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
}

/** The login to a broker of the user's. Rejects with an Error that says what to do. */
export async function loginTo({ url, username, passwordFile }: SimulatedBrokerConfig): Promise<BrokerLogin> {
  const password = passwordFile === undefined ? undefined : await readPassword(passwordFile);
  return {
    url,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
}

async function readPassword(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`simulator.mqtt.broker.passwordFile cannot be read: ${reason}`, { cause });
  }
}
