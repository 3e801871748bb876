import { type Issue, nearestWord } from '../lib/issue.ts';
import { ENVIRONMENT } from './convict-schema.ts';
import { OPTION_ROWS } from './options.ts';

/** Variables that other parts of the program read. */
const OTHER_VARIABLES = ['BUSBAR_CONFIG'];

/**
 * Variables that look like a mistyped one. Others that begin with BUSBAR_ are left alone: container platforms
 * make such for a service of that name.
 */
export function environmentWarnings(env: NodeJS.ProcessEnv): Issue[] {
  const known = [...OPTION_ROWS.map(({ variable }) => variable), ...OTHER_VARIABLES];
  return Object.keys(env).flatMap((name) => {
    if (!name.startsWith('BUSBAR_') || known.includes(name)) return [];
    const near = nearestWord(
      name.slice('BUSBAR_'.length),
      known.map((word) => word.slice('BUSBAR_'.length)),
    );
    if (near === undefined) return [];
    const place = { file: ENVIRONMENT, line: 0, column: 0, path: name };
    return [{ ...place, problem: 'unknown variable, ignored', allowed: `did you mean "BUSBAR_${near}"?` }];
  });
}
