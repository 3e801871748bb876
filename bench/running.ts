import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The built gateway as a process of its own, its state in `folder`. */
export function startGateway(config: string, folder: string): ChildProcess {
  const env = { ...process.env, STATE_DIRECTORY: folder };
  return spawn(process.execPath, ['dist/busbar.js', 'run', '--config', config], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

export function startMosquitto(port: number): ChildProcess {
  return spawn('/usr/sbin/mosquitto', ['-p', String(port)], { stdio: 'ignore' });
}

export async function stop(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

export function residentMib(pid: number | undefined): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

// User and system time of the process with all its threads, in clock ticks of 10 ms.
export function cpuSeconds(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
