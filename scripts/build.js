// `npm run build`: compiles src into dist and removes outputs whose source is gone.
import { build } from './setup.js';

process.exitCode = build() ? 0 : 1;
