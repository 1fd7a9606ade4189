import * as tf from '@tensorflow/tfjs';
import * as wasm from '@tensorflow/tfjs-backend-wasm';
console.log(Object.keys(tf).length, typeof tf.conv2d, typeof tf.registerKernel, typeof tf.fused, typeof tf.getKernel, typeof tf.version, tf.version, Object.keys(wasm));
console.log(typeof tf.default, tf.engine && typeof tf.engine);
wasm.setWasmPaths(new URL('.', import.meta.resolve('@tensorflow/tfjs-backend-wasm')).pathname);
await tf.setBackend('wasm'); console.log(tf.getBackend());
tf.tensor([1,2]).mul(2).print();
