import { EXIT } from '../../lib/exit-codes.ts';
import { formatIssue, IssuesError } from '../../lib/issue.ts';
import { ASSUMED_LATENCY_MS } from '../../sources/modbus-meter/read-plans.ts';
import { configFileOf, type House, loadHouse } from '../load-house.ts';
import { printJson, printLines, printNote } from '../output.ts';
import { type HousePlan, planHouse } from '../plan/house-plan.ts';
import { planDocument } from '../plan/plan-document.ts';
import { planPage } from '../plan/plan-page.ts';
import { checkPage, deviceDocuments } from './check-page.ts';

export interface CheckOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** Checks a configuration. Throws its mistakes; with `--json` they are in the document instead. */
export async function runCheck(options: CheckOptions): Promise<number> {
  const file = configFileOf(options.config);
  try {
    const house = await loadHouse(file);
    const plan = planHouse(house);
    if (options.json === true) printJson(checkDocument(house, plan));
    else printCheck(house, plan);
    return EXIT.ok;
  } catch (error) {
    if (options.json !== true || !(error instanceof IssuesError)) throw error;
    printJson({ file, ok: false, mistakes: error.issues });
    return EXIT.configuration;
  }
}

function printCheck(house: House, plan: HousePlan): void {
  printLines([...checkPage(house), '', ...planPage(plan, ASSUMED_LATENCY_MS)]);
  const warnings = [...house.warnings.map(formatIssue), ...plan.problems.map(({ text }) => text)];
  for (const warning of warnings) printNote(`warning: ${warning}`);
}

function checkDocument(house: House, plan: HousePlan) {
  return {
    file: house.file,
    ok: true,
    root: house.config.root,
    broker: house.config.mqtt.url ?? 'embedded',
    devices: deviceDocuments(house),
    plan: planDocument(plan, ASSUMED_LATENCY_MS),
    warnings: [...house.warnings.map(formatIssue), ...plan.problems.map(({ text }) => text)],
  };
}
