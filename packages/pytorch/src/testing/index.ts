/** @file For tests: networks in PyTorch. */
export { pythonWithTorch, runPython } from './python.js';
export { runInTorch, type TorchJob, type TorchResult } from './torch-run.js';
