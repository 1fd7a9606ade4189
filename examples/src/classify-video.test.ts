import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { classifyVideo } from './classify-video.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

describe('the example of the README', () => {
  it('classifies a video', async () => {
    const predictions = await classifyVideo(
      at('../media/arm-wrestling.mp4'),
      at('../../packages/models/src/checkpoint/goldens/checkpoints/pyslowfast_slowfast_w8.pyth'),
    );
    expect(predictions).toHaveLength(5);
    expect(predictions[0]!.score).toBeGreaterThan(predictions[4]!.score);
  });

  it('is what the README shows', async () => {
    const readme = await readFile(at('../../README.md'), 'utf8');
    expect(readme).toContain('```ts\n' + (await readFile(at('classify-video.ts'), 'utf8')) + '```');
  });
});
