import { EXIT } from '../../lib/exit-codes.ts';
import { formatIssue } from '../../lib/issue.ts';
import { ASSUMED_LATENCY_MS } from '../../sources/modbus-meter/read-plans.ts';
import { configFileOf, loadHouse } from '../load-house.ts';
import { printJson, printLines, printNote } from '../output.ts';
import { planHouse } from './house-plan.ts';
import { planDocument } from './plan-document.ts';
import { planPage } from './plan-page.ts';

export interface PlanOptions {
  readonly config?: string;
  readonly latency?: number;
  readonly json?: boolean;
}

/** Prints the poll plan; 78 where an interval cannot be kept. Throws the mistakes of the configuration. */
export async function runPlan(options: PlanOptions): Promise<number> {
  const loaded = await loadHouse(configFileOf(options.config));
  const latencyMs = options.latency ?? ASSUMED_LATENCY_MS;
  const house = planHouse(loaded, latencyMs);
  if (options.json === true) printJson(planDocument(house, latencyMs));
  else printLines(planPage(house, latencyMs));
  for (const warning of loaded.warnings) printNote(`warning: ${formatIssue(warning)}`);
  for (const { level, text } of house.problems) printNote(`${level}: ${text}`);
  return house.problems.some(({ level }) => level === 'impossible') ? EXIT.configuration : EXIT.ok;
}
