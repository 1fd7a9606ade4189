import type { OpKind, Triple } from '../ir/types.js';
import { checkCount, type OpDefinition } from './definition.js';
import { inferWindow } from './window.js';

const DENSE: Triple = [1, 1, 1];

function pooling<K extends Extract<OpKind, 'max_pool3d' | 'avg_pool3d'>>(): OpDefinition<K> {
  return {
    infer(inputs, attrs, fail) {
      checkCount(inputs, 1, 1, fail);
      attrs.kernel.forEach((kernel, axis) => {
        if (attrs.padding[axis]! * 2 > kernel) {
          fail(`padding of at most half the kernel ${kernel}`, `${attrs.padding[axis]}`);
        }
      });
      return inferWindow(inputs[0]!, inputs[0]!.shape[1]!, attrs, DENSE, fail);
    },
    field: ({ kernel, stride }) => ({ kernel, stride, dilation: DENSE }),
    traits: {},
  };
}

/** Maximum over a window; padding never wins. */
export const maxPool3d = pooling<'max_pool3d'>();

/** Mean over a window; padding counts as zeros. */
export const avgPool3d = pooling<'avg_pool3d'>();
