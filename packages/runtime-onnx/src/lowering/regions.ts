/** @file Sampling the features of regions. */
import type { LoweringTable } from '@slowfast/core';
import type { OnnxEmitter } from './emitter.js';

type Table = LoweringTable<OnnxEmitter, string>;

/** To: int64. */
const INT64 = { to: { int: 7 } };

/**
 * RoiAlign, whose arithmetic is torchvision's; it takes batch indices apart from boxes. A box whose ends are
 * exchanged gets its second corner moved to the first: ONNX Runtime would reserve memory for a negative
 * number of samples.
 */
export const roiAlign: Table['roi_align'] = ({ name, attrs }, [features, boxes], onnx) => {
  const { size, spatialScale, samplingRatio, aligned } = attrs;
  const columns = (part: string, from: number, to: number): string =>
    onnx.emit('Slice', `${name}/${part}`, [
      boxes!,
      ...[[from], [to], [1]].map((values) => onnx.integers(values)),
    ]);
  const first = columns('first corner', 1, 3);
  const second = onnx.emit('Max', `${name}/ordered`, [columns('second corner', 3, 5), first]);
  const corners = onnx.emit('Concat', `${name}/corners`, [first, second], { axis: { int: 1 } });
  const index = onnx.emit('Gather', `${name}/index`, [boxes!, onnx.integers([0], 'scalar')], {
    axis: { int: 1 },
  });
  const clip = onnx.emit('Cast', `${name}/clip`, [index], INT64);
  return onnx.emit('RoiAlign', name, [features!, corners, clip], {
    output_height: { int: size[0] },
    output_width: { int: size[1] },
    spatial_scale: { float: spatialScale },
    sampling_ratio: { int: samplingRatio },
    coordinate_transformation_mode: { text: aligned ? 'half_pixel' : 'output_half_pixel' },
    mode: { text: 'avg' },
  });
};
