import { referenceConfig } from '../../tools/jest-config.js';
import config from './jest.config.js';

export default referenceConfig(config);
