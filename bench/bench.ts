import { benchCycles } from './cycle.ts';
import { benchGateway } from './gateway.ts';

const wanted = process.argv[2];
if (wanted === undefined || wanted === 'cycle') await benchCycles();
if (wanted === undefined || wanted === 'gateway') await benchGateway();
process.exit(0);
