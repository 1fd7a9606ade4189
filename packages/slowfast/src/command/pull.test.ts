/** @file Published weights through the command: a machine that has none, a server in the place of the hosts. */
import { fileURLToPath } from 'node:url';
import { needBuild } from './testing/slowfast-process.js';
import { NAME, PATH, weightsFile, weightsHost } from './testing/weights-host.js';

const VIDEO = fileURLToPath(new URL('../../../../examples/media/archery.avi', import.meta.url));

beforeAll(needBuild);

it('classifies with a name from nothing, again without a network, and lists what it has', async () => {
  await using host = await weightsHost(await weightsFile());
  const args = ['classify', VIDEO, '--weights', NAME, '--views', '1x1', '--json'];
  const first = await host.start(args).ended;
  expect({ code: first.code, requests: host.requests }).toEqual({
    code: 0,
    requests: [`${PATH} whole`],
  });
  const { model, predictions } = JSON.parse(first.out) as Record<string, unknown>;
  expect(model).toBe('slow-4x16-r50');
  expect(predictions).toHaveLength(5);
  const again = await host.start(args, { SLOWFAST_OFFLINE: '1' }).ended;
  expect(JSON.parse(again.out)).toMatchObject({ predictions });
  expect(host.requests).toHaveLength(1);
  const listed = await host.start(['cache', '--json']).ended;
  const entries = listed.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  expect(entries).toMatchObject([
    { kind: 'weights', id: NAME, isWhole: true },
    { kind: 'model', id: 'slow-4x16-r50' },
  ]);
});
