/** @file Inputs of operations while files are written. */
import { SpecError, type NodeOf } from '@slowfast/core';
import type { Laid, Operand } from './axes.js';

/** The result of a node. */
export function computed(name: string, value: Laid): Operand {
  return {
    laid: () => value,
    numbers: () => {
      throw new SpecError({
        site: name,
        expected: 'a parameter where an operation has its weights',
        received: 'a value that is computed',
        remedy: 'Export to ONNX, which knows computed weights',
      });
    },
  };
}

/** Sampling regions: how many samples a box gets depends on the box, which neither kind of file can say. */
export function noRegions({ name }: NodeOf<'roi_align'>): never {
  throw new SpecError({
    site: name,
    expected: 'operations that TF.js files know',
    received: 'roi_align',
    remedy: 'Export the features that it reads (model.features), or export to ONNX',
  });
}
