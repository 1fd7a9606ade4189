export { main } from './command/main.js';
