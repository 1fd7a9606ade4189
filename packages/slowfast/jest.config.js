import { fileURLToPath } from 'node:url';
import { packageConfig } from '../../tools/jest-config.js';

export default {
  ...packageConfig(import.meta.url),
  testEnvironment: fileURLToPath(new URL('../../tools/jest-cache-environment.js', import.meta.url)),
};
