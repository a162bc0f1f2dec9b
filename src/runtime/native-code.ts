/**
 * Who wants to know before native code is loaded: a fault in it ends the process at once, and nothing of ours runs any
 * more.
 */
let listener: (() => Promise<void>) | undefined;

/** Sets the one listener; it is waited for, once, before the runtime is loaded. */
export function beforeNativeCode(told: () => Promise<void>): void {
  listener = told;
}

/** For whoever loads native code. */
export async function announceNativeCode(): Promise<void> {
  const told = listener;
  listener = undefined;
  await told?.();
}
