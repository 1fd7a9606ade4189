import { conformanceCases, interpret } from '@slowfast/core/testing';
import { memoryStore } from '@slowfast/core';
import { onnxRuntime, onnxBytes, availableOnnxBackends } from './index.js';
import { writeFileSync } from 'node:fs';
for (const backend of ['node','web'] as const) test(backend, async () => {
  let n=0;
  for (const c of conformanceCases()) {
    const graph = c.graph;
    const weights = c.weights instanceof Map ? memoryStore(c.weights) : c.weights as any;
    for (const optimize of [true,false]) {
    const m = await onnxRuntime({backend, threads:1, optimize}).compile({name:c.name, graph}, weights);
    writeFileSync(`/tmp/x/${n++}.onnx`, await onnxBytes({name:c.name, graph}, weights, {optimize, precision: n%2? 'float16':'float32'}));
    const out = await m.run(c.feeds as any);
    const want = await interpret(graph, weights, c.feeds as any);
    for (const k of Object.keys(want)) { let e=0,s=0; const a=out[k]!.data as Float32Array, b=(want as any)[k].data; for (let i=0;i<b.length;i++){e=Math.max(e,Math.abs(a[i]!-b[i]));s=Math.max(s,Math.abs(b[i]))} if(!(e<=1e-5*s)|| a.length!==b.length) console.log(c.name,k,e/s) }
    await m[Symbol.asyncDispose]();
    }
  }
});
test('a', async()=>{console.log(JSON.stringify(await availableOnnxBackends(),null,1))});
