import type { EndingSignal, SignalSource } from './process.js';

/** What is needed of a process that gets signals, and word from its parent of those that the parent got. */
interface Listening {
  on(event: string, listener: (told: unknown) => void): unknown;
  off(event: string, listener: (told: unknown) => void): unknown;
}

/**
 * The signals of a process and those that its parent tells of, each once: a Ctrl-C reaches the whole group and so
 * both, and the parent tells of it as well, while a signal to one of the two reaches that one alone.
 */
export class ToldSignals implements SignalSource {
  readonly #process: Listening;
  readonly #takenAway = new Map<() => void, () => void>();

  constructor(listening: Listening) {
    this.#process = listening;
  }

  on(signal: EndingSignal, listener: () => void): void {
    let [own, told, counted] = [0, 0, 0];
    const count = (): void => {
      if (Math.max(own, told) === counted) return;
      counted++;
      listener();
    };
    const onOwn = (): void => {
      own++;
      count();
    };
    const onTold = (message: unknown): void => {
      if (message !== signal) return;
      told++;
      count();
    };
    this.#process.on(signal, onOwn);
    this.#process.on('message', onTold);
    this.#takenAway.set(listener, () => {
      this.#process.off(signal, onOwn);
      this.#process.off('message', onTold);
    });
  }

  off(_: EndingSignal, listener: () => void): void {
    this.#takenAway.get(listener)?.();
    this.#takenAway.delete(listener);
  }
}
