import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** What scripts use of Node without importing it. */
const globals = [
  'process',
  'console',
  'performance',
  'URL',
  'Buffer',
  'structuredClone',
  'setTimeout',
  'clearTimeout',
  'TextEncoder',
  'TextDecoder',
];

export default defineConfig(
  { ignores: ['dist/', 'node_modules/', 'coverage/', '.cache/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.js'],
    extends: [tseslint.configs.recommended],
    languageOptions: {
      globals: Object.fromEntries(globals.map((name) => [name, 'readonly'])),
    },
    // TypeScript finds these itself; plain scripts have nobody else.
    rules: { 'no-undef': 'error' },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      // Numbers and bigints in messages are what messages are for.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // Indexed access is checked by the compiler; the assertion says "in range by construction".
      '@typescript-eslint/no-non-null-assertion': 'off',
      // `() => log(text)` as a callback that returns nothing reads better than its braces.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
);
