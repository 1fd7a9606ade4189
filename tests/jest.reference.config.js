import { packageConfig } from '../tools/jest-config.js';

/** What takes long: the reference networks of full size and whole training trajectories. */
export default {
  ...packageConfig(import.meta.url),
  testMatch: ['<rootDir>/src/**/*.reference.test.ts'],
};
