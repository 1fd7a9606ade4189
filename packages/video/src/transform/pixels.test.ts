import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { cropClip, cropOffsets, openVideo, preprocessFrame, type PlanarImage } from '../index.js';

const TOLERANCE = 2e-4;

interface Golden {
  video: string;
  frames: number[];
  decodedFrames: number;
  shortSide: number;
  resized: number[];
  crops: { shape: number[]; mean: number; std: number; index: number[]; value: number[] }[];
}

describe('decoded, resized, cropped and normalised pixels are those of PyTorchVideo', () => {
  for (const name of ['arm-wrestling_256', 'archery_182', 'exercise_224']) {
    test(name, async () => {
      const url = new URL(`../goldens/pixels_${name}.json`, import.meta.url);
      const golden = JSON.parse(await readFile(url, 'utf8')) as Golden;
      const media = new URL(`../../../../examples/media/${golden.video}`, import.meta.url);
      const video = await openVideo(fileURLToPath(media));
      expect(video.info).toMatchObject({ decoder: 'node-av', frames: golden.decodedFrames });
      const images: PlanarImage[] = [];
      for await (const frame of video.frames({ indices: golden.frames })) {
        images.push(
          preprocessFrame(frame, {
            sampling: 'pytorchvideo',
            resize: golden.shortSide,
            mean: [0.45, 0.45, 0.45],
            std: [0.225, 0.225, 0.225],
            channelOrder: 'rgb',
          }),
        );
      }
      const [first] = images as [PlanarImage];
      expect([3, images.length, first.height, first.width]).toEqual(golden.resized);
      const offsets = cropOffsets('pytorchvideo', first, golden.shortSide, 3);
      for (const [i, crop] of golden.crops.entries()) {
        const { shape, data } = cropClip(images, offsets[i]!, golden.shortSide);
        expect(shape).toEqual([1, ...crop.shape]);
        const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
        const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length;
        expect(Math.abs(mean - crop.mean)).toBeLessThan(TOLERANCE);
        expect(Math.abs(Math.sqrt(variance) - crop.std)).toBeLessThan(TOLERANCE);
        const errors = crop.index.map((at, k) => Math.abs(data[at]! - crop.value[k]!));
        expect(Math.max(...errors)).toBeLessThan(TOLERANCE);
      }
      await video.close();
    });
  }
});
