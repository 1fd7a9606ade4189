import { linspaceIndices, pathwayFrameIndices } from './preprocessing.js';
import { nearestNames } from './nearest.js';

describe('pathwayFrameIndices', () => {
  // Values of torch.linspace(0, 31, n).long(), from the reference files.
  it('follows torch', () => {
    expect(pathwayFrameIndices(32, 4, 'linspace')).toEqual([0, 10, 20, 31]);
    expect(pathwayFrameIndices(32, 8, 'linspace')).toEqual([0, 4, 8, 13, 17, 22, 26, 31]);
    expect(pathwayFrameIndices(16, 4, 'linspace')).toEqual([0, 5, 10, 15]);
  });

  it('takes every α-th frame, or all', () => {
    expect(pathwayFrameIndices(32, 4, 'stride')).toEqual([0, 8, 16, 24]);
    expect(pathwayFrameIndices(3, 3, 'linspace')).toEqual([0, 1, 2]);
    expect(linspaceIndices(9, 1)).toEqual([0]);
  });
});

describe('nearestNames', () => {
  it('orders by edit distance', () => {
    const names = ['slow-4x16-r50', 'slowfast-4x16-r50', 'i3d-8x8-r50'];
    expect(nearestNames('slowfast-4x6-r50', names, 2)).toEqual([
      'slowfast-4x16-r50',
      'slow-4x16-r50',
    ]);
  });
});
