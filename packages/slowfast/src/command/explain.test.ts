import { fileURLToPath } from 'node:url';
import { slowfast } from './testing/run-slowfast.js';

const KICK = fileURLToPath(
  new URL('../../../../examples/media/ut-interaction/kick_s09_c50.avi', import.meta.url),
);

it('says where the class is seen most', async () => {
  const { code, out } = await slowfast(
    'explain',
    KICK,
    '--class',
    'kick',
    '--views',
    '3x1',
    '--json',
  );
  expect(code).toBe(0);
  const report = JSON.parse(out) as {
    readonly class: { readonly label: string };
    readonly stages: Readonly<Record<string, { readonly peak: { x: number; y: number } }>>;
  };
  expect(report).toMatchObject({ class: { label: 'kick' }, views: '3x1', files: [] });
  // The leg is in the middle of the picture.
  const { x, y } = report.stages['slow.res5']!.peak;
  expect(Math.abs(x - 0.5) + Math.abs(y - 0.5)).toBeLessThan(0.3);
});

it('asks what to write', async () => {
  expect(await slowfast('explain', KICK)).toMatchObject({
    code: 2,
    err: expect.stringContaining('expected --video, --pictures or --json') as string,
  });
  expect((await slowfast('explain', KICK, '--video', 'seen.avi')).err).toContain(
    "--video: expected a name ending with .mp4 or .webm, received 'seen.avi'",
  );
});
