import { fork } from 'node:child_process';

/** Models that one child takes before it is replaced, so that what the runtime leaks or breaks does not pile up. */
const modelsPerChild = 120;
const timeoutMs = 60_000;

/**
 * Hands tasks to child processes, one at a time each. A child that dies or hangs is replaced, and its task gets
 * `{ died: { during, how } }` with the step that it had announced last.
 * @param {string} file the children's program; it answers each task with `{ result }` and announces steps with `{ step }`
 * @param {{ id: number }[]} tasks
 * @param {{ jobs: number, arguments: string[], onProgress: (done: number) => void }} options
 * @returns {Promise<any[]>} results in the order of the tasks
 */
export async function runPool(file, tasks, options) {
  const results = new Array(tasks.length);
  let next = 0;
  let done = 0;
  const work = async () => {
    let child;
    let served = 0;
    while (next < tasks.length) {
      const index = next;
      next += 1;
      if (child === undefined || served >= modelsPerChild) {
        child?.kill('SIGKILL');
        child = start(file, options.arguments);
        served = 0;
      }
      served += 1;
      results[index] = await ask(child, tasks[index]);
      if (results[index].died) child = undefined;
      done += 1;
      options.onProgress(done);
    }
    child?.kill('SIGKILL');
  };
  await Promise.all(Array.from({ length: options.jobs }, work));
  return results;
}

/** @param {string} file @param {string[]} parameters */
function start(file, parameters) {
  const child = fork(file, parameters, {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'json',
  });
  child.setMaxListeners(0);
  return child;
}

/** @param {import('node:child_process').ChildProcess} child @param {object} task @returns {Promise<any>} */
function ask(child, task) {
  return new Promise((resolve) => {
    let during = 'start';
    let known = {};
    const finish = (/** @type {object} */ result) => {
      clearTimeout(timer);
      child.off('message', onMessage);
      child.off('exit', onExit);
      resolve(result);
    };
    const onMessage = (/** @type {any} */ message) => {
      if (message.result) finish(message.result);
      if (message.step) {
        during = message.step;
        known = message.known;
      }
    };
    const onExit = (/** @type {number | null} */ code, /** @type {string | null} */ signal) => {
      finish({ ...known, died: { during, how: signal ?? `exit ${code}` } });
    };
    const timer = setTimeout(() => {
      child.off('exit', onExit);
      child.kill('SIGKILL');
      finish({ ...known, died: { during, how: `no answer in ${timeoutMs / 1000} s` } });
    }, timeoutMs);
    child.on('message', onMessage);
    child.on('exit', onExit);
    child.send(task);
  });
}
