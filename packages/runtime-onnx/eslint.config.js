import base from '../../eslint.config.js';

// The root's exception is by path from the root; run from here, patterns are relative to this folder.
export default [...base, { files: ['**/*.ts'], rules: { 'no-restricted-imports': 'off' } }];
