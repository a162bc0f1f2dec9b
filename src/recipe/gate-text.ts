import { z } from 'zod';
import { messageOf } from '../errors.js';
import { parseGate } from '../gates/parse.js';

/** A gate expression; a mistake is told where it stands. */
export const gateText = z.string().superRefine((text, context) => {
  try {
    parseGate(text);
  } catch (thrown) {
    context.addIssue({ code: 'custom', message: messageOf(thrown) });
  }
});
