/**
 * @file What the one ES module for pages without a bundler holds: the front door, videos and cameras, and ONNX files.
 */
export * from 'slowfast';
export { liveFrames, openVideo } from '@slowfast/video';
export { loadOnnx, onnxRuntime } from '@slowfast/runtime-onnx';
