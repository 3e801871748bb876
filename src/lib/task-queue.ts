/** Runs tasks one after the other, in the order in which they were asked for. */
export interface TaskQueue {
  /** Resolves or rejects as the task does. A task that fails does not stop the ones behind it. */
  run<T>(task: () => Promise<T>): Promise<T>;
}

export function createTaskQueue(): TaskQueue {
  let last: Promise<unknown> = Promise.resolve();
  return {
    run(task) {
      const result = last.then(task, task);
      last = result.then(
        () => undefined,
        () => undefined,
      );
      return result;
    },
  };
}
