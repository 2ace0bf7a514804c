import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { wallsRule } from './scripts/lint/walls.mjs';

const EVERYTHING = ['**/*.{ts,mts,cts,js,mjs}'];

/** Temporal's sandbox has none of these: code that uses one fails there, and only there. */
const MISSING_IN_SANDBOX = [
  'AbortController',
  'AbortSignal',
  'Buffer',
  'crypto',
  'fetch',
  'performance',
  'process',
  'queueMicrotask',
  'setImmediate',
  'setInterval',
  'structuredClone',
];

export default defineConfig(
  globalIgnores([
    'dist/',
    'build/',
    'docs/api/',
    'coverage/',
    'tmp/',
    'test/guards/fixtures/',
    'test/package/consumer/',
  ]),
  {
    files: EVERYTHING,
    extends: [tseslint.configs.strictTypeChecked],
    plugins: { 'import-x': importX, outlast: { rules: { walls: wallsRule } } },
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    settings: {
      // Without a resolver that knows that './x.js' is './x.ts', no-cycle finds nothing.
      'import-x/resolver-next': [createTypeScriptImportResolver()],
      'import-x/extensions': ['.ts', '.js', '.mjs'],
    },
    rules: {
      'outlast/walls': 'error',
      'import-x/no-cycle': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      eqeqeq: 'error',
    },
  },
  {
    files: ['src/{plan,walk,workflows}/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...MISSING_IN_SANDBOX.map((name) => ({
          name,
          message: "Temporal's sandbox, where this code runs, has no such global.",
        })),
      ],
    },
  },
  {
    files: ['{test,examples,bench}/**'],
    rules: {
      // An executor is async in life, also where its example awaits nothing.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['test/**'],
    rules: {
      // vitest's matchers are `any`.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Steps take JSON, and tests know which.
      '@typescript-eslint/no-base-to-string': 'off',
    },
  },
);
