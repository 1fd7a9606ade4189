/** @file Answers to inference requests: JSON, with the bytes of tensors after it where they were asked for. */
import type { HostTensor, ModelMetadata } from '@slowfast/core';
import type { Tensors } from '../batching/rows.js';
import type { InferRequest, WantedOutput } from './infer-request.js';

/** The body of an answer; the length of its JSON where bytes come after it. */
export interface InferResponse {
  readonly body: Buffer;
  readonly headerLength?: number;
}

/** The answer to a request. */
export function inferResponse(
  name: string,
  { id, outputs }: InferRequest,
  results: Tensors,
  metadata: ModelMetadata,
): InferResponse {
  const blocks: Buffer[] = [];
  const written = outputs.map((output) => {
    const tensor = results[output.name]!;
    const { binary } = output;
    if (output.classes > 0) {
      const { shape, data } = bestClasses(tensor, output, metadata.labels);
      if (!binary) return { name: output.name, datatype: 'BYTES', shape, data };
      blocks.push(lengthPrefixed(data));
      return { name: output.name, datatype: 'BYTES', shape, ...sizeOfBlock(blocks) };
    }
    const { shape, data } = tensor;
    const described = { name: output.name, datatype: 'FP32', shape };
    if (!binary) return { ...described, data: Array.from(data as Float32Array) };
    blocks.push(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    return { ...described, ...sizeOfBlock(blocks) };
  });
  const json = Buffer.from(
    JSON.stringify({
      model_name: name,
      model_version: '1',
      ...(id === undefined ? {} : { id }),
      outputs: written,
    }),
  );
  if (blocks.length === 0) return { body: json };
  return { body: Buffer.concat([json, ...blocks]), headerLength: json.byteLength };
}

const sizeOfBlock = (blocks: readonly Buffer[]) => ({
  parameters: { binary_data_size: blocks.at(-1)!.byteLength },
});

/** `score:index:label` of the best classes of each row, as Triton's classification extension has them. */
function bestClasses(
  { shape, data }: HostTensor,
  { classes }: WantedOutput,
  labels: readonly string[] | undefined,
): { readonly shape: readonly number[]; readonly data: readonly string[] } {
  const [rows = 1, width = 1] = [shape[0], data.length / Math.max(1, shape[0] ?? 1)];
  const count = Math.min(classes, width);
  const texts = Array.from({ length: rows }, (_, row) => {
    const scores = Array.from((data as Float32Array).subarray(row * width, (row + 1) * width));
    return scores
      .map((score, index) => ({ score, index }))
      .sort((a, b) => b.score - a.score || a.index - b.index)
      .slice(0, count)
      .map(({ score, index }) => {
        const label = labels?.[index];
        return `${score.toFixed(6)}:${index}${label === undefined ? '' : `:${label}`}`;
      });
  });
  return { shape: [rows, count], data: texts.flat() };
}

/** Texts, each with its length in four bytes before it. */
function lengthPrefixed(texts: readonly string[]): Buffer {
  return Buffer.concat(
    texts.flatMap((text) => {
      const bytes = Buffer.from(text);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.byteLength);
      return [length, bytes];
    }),
  );
}
