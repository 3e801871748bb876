import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The shipped configuration: the simulated house. Found from the sources and from the bundle alike. */
export function defaultConfigFile(): string {
  const relative = import.meta.url.endsWith('.ts') ? '../../config/house.yaml' : '../config/house.yaml';
  return fileURLToPath(new URL(relative, import.meta.url));
}

/** Where to keep what must survive a restart: what systemd says, else the user's own state folder. */
export function defaultStateDirectory(env: NodeJS.ProcessEnv): string {
  // systemd separates several folders by colons; the first is the unit's own.
  const fromSystemd = env.STATE_DIRECTORY?.split(':')[0];
  if (fromSystemd !== undefined && isAbsolute(fromSystemd)) return fromSystemd;
  // The XDG rules say that a relative path there is to be ignored.
  const xdg = env.XDG_STATE_HOME;
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, 'busbar');
  return join(homeOf(env), '.local', 'state', 'busbar');
}

/** A path as people write it: from the home with `~/`, else from `folder` unless it begins with "/". */
export function resolvePath(path: string, folder: string, env: NodeJS.ProcessEnv): string {
  if (path === '~') return homeOf(env);
  return path.startsWith('~/') ? join(homeOf(env), path.slice(2)) : resolve(folder, path);
}

function homeOf(env: NodeJS.ProcessEnv): string {
  return env.HOME !== undefined && isAbsolute(env.HOME) ? env.HOME : homedir();
}
