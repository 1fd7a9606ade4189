import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { classifyVideo } from './classify-video.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

describe('the example of the README', () => {
  it('classifies a video', async () => {
    const predictions = await classifyVideo(at('../media/ut-interaction/hug_s10_c58.avi'));
    expect(predictions).toHaveLength(3);
    expect(predictions[0]!.label).toBe('hug');
  });

  it('is what the README shows', async () => {
    const readme = await readFile(at('../../README.md'), 'utf8');
    expect(readme).toContain('```ts\n' + (await readFile(at('classify-video.ts'), 'utf8')) + '```');
  });
});
