import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { ToldSignals } from '../../src/cli/told-signals.js';

function listening() {
  const events = new EventEmitter();
  const signals = new ToldSignals(events);
  const heard = { SIGINT: 0, SIGTERM: 0 };
  const onInterrupt = (): void => {
    heard.SIGINT++;
  };
  const onTerminate = (): void => {
    heard.SIGTERM++;
  };
  signals.on('SIGINT', onInterrupt);
  signals.on('SIGTERM', onTerminate);
  return { events, signals, heard, onInterrupt, onTerminate };
}

it('counts a signal to the parent alone, and one to the child alone', () => {
  const { events, heard } = listening();
  events.emit('message', 'SIGINT');
  expect(heard).toEqual({ SIGINT: 1, SIGTERM: 0 });
  events.emit('SIGTERM');
  expect(heard).toEqual({ SIGINT: 1, SIGTERM: 1 });
});

it('counts a signal to both once, whichever comes first, and a second one again', () => {
  const { events, heard } = listening();
  events.emit('SIGINT');
  events.emit('message', 'SIGINT');
  expect(heard.SIGINT).toBe(1);
  events.emit('message', 'SIGINT');
  events.emit('SIGINT');
  expect(heard.SIGINT).toBe(2);
});

it('takes its listeners away', () => {
  const { events, signals, onInterrupt, onTerminate } = listening();
  signals.off('SIGINT', onInterrupt);
  signals.off('SIGTERM', onTerminate);
  expect(events.eventNames()).toEqual([]);
});
