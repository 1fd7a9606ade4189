import { packageConfig } from '../tools/jest-config.js';

export default packageConfig(import.meta.url);
