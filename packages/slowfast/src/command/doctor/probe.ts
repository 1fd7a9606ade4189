/**
 * @file Run as a process of its own: tries what may crash, hang or write to the terminal from native code, and sends
 * what it found.
 */
import { availableOnnxBackends } from '@slowfast/runtime-onnx';
import { decoders } from '@slowfast/video';

const SUBJECTS = {
  onnx: availableOnnxBackends,
  tfjs: async () => (await import('@slowfast/runtime-tfjs')).availableTfjsBackends(),
  decoders,
};

const subject = process.argv[2] as keyof typeof SUBJECTS;
process.send!(await SUBJECTS[subject](), () => process.exit());
