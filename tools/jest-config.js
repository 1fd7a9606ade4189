import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

// Tests compile what they say: a model that another run arranged would hide a change. The suites of `slowfast`, which
// compile the same model again and again, have a cache of their own each (jest-cache-environment.js).
process.env['SLOWFAST_MODEL_CACHE'] ??= '0';

/**
 * Jest settings shared by every package: native ESM, TypeScript through SWC, in-repository packages
 * resolved from their sources, and an environment in which native modules see the test's typed arrays.
 */
export function packageConfig(configUrl) {
  const rootDir = dirname(fileURLToPath(configUrl));
  return {
    displayName: rootDir.split('/').at(-1),
    rootDir,
    testMatch: ['<rootDir>/src/**/*.test.ts'],
    testPathIgnorePatterns: ['\\.reference\\.test\\.ts$'],
    testEnvironment: resolve(import.meta.dirname, 'jest-environment.js'),
    testEnvironmentOptions: { customExportConditions: ['@slowfast/source', 'node', 'node-addons'] },
    setupFilesAfterEnv: [resolve(import.meta.dirname, 'jest-equality.js')],
    extensionsToTreatAsEsm: ['.ts'],
    moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
    moduleFileExtensions: ['ts', 'js', 'json', 'node'],
    testTimeout: 120_000,
    transform: {
      '^.+\\.ts$': [
        resolve(import.meta.dirname, 'jest-transform.js'),
        {
          jsc: {
            parser: { syntax: 'typescript' },
            target: 'es2022',
            transform: { useDefineForClassFields: true },
          },
          module: { type: 'es6' },
        },
      ],
    },
  };
}

/** What takes long, of a package whose settings these are: its `*.reference.test.ts` files, by `npm run test:reference`. */
export function referenceConfig(config) {
  return {
    ...config,
    testMatch: ['<rootDir>/src/**/*.reference.test.ts'],
    testPathIgnorePatterns: [],
  };
}
