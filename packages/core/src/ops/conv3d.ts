import type { Triple } from '../ir/types.js';
import { checkCount, elementsOf, shapeText, type OpDefinition } from './definition.js';
import { inferWindow } from './window.js';

/** Multiply-adds of a convolution, or of either of its gradients, with so many elements of output. */
export function convMacs(
  outputs: number,
  channels: number,
  { kernel, groups }: { readonly kernel: Triple; readonly groups: number },
): number {
  return outputs * (channels / groups) * kernel[0] * kernel[1] * kernel[2];
}

/** 3-D convolution (cross-correlation), grouped and dilated, with symmetric padding. */
export const conv3d: OpDefinition<'conv3d'> = {
  infer(inputs, attrs, fail) {
    checkCount(inputs, 2, 3, fail);
    const [x, weight, bias] = inputs;
    const channels = x!.shape[1];
    const [out, perGroup, ...kernel] = weight!.shape;
    if (typeof channels !== 'number' || typeof out !== 'number') {
      return fail('known channel counts', shapeText(x!.shape));
    }
    if (channels % attrs.groups !== 0 || out % attrs.groups !== 0) {
      fail(`channels divisible by groups = ${attrs.groups}`, `${channels} in and ${out} out`);
    }
    if (perGroup !== channels / attrs.groups) {
      fail(
        `a weight for ${channels / attrs.groups} input channels a group`,
        `a weight of shape ${shapeText(weight!.shape)}`,
      );
    }
    if (kernel.join() !== attrs.kernel.join()) {
      fail(`a weight of kernel ${attrs.kernel.join('x')}`, shapeText(weight!.shape));
    }
    if (bias && (bias.shape.length !== 1 || bias.shape[0] !== out)) {
      fail(`a bias of shape [${out}]`, shapeText(bias.shape));
    }
    return inferWindow(x!, out, attrs, attrs.dilation, fail);
  },
  macs: (inputs, output, attrs) =>
    convMacs(elementsOf(output.shape), inputs[0]!.shape[1] as number, attrs),
  field: ({ kernel, stride, dilation }) => ({ kernel, stride, dilation }),
  traits: { linear: true, fusesActivation: true },
};
