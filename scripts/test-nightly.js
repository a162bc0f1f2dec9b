// `npm run test:nightly`: the property tests with 10,000 random graphs and a seed of the day. Takes minutes.
process.env.INFER_OPT_NIGHTLY = '1';
process.argv.push('test/passes/random-graphs.test.ts');
await import('./test.js');
