/** @file Runs the cases that its parent names, one after another, and says how each ended. */
import { SlowFastError } from '@slowfast/core';
import { randomOf } from './random.js';
import { TARGETS } from './targets.js';

const [kind, seed] = process.argv.slice(2);
const { seeds, change, read } = TARGETS[kind];
const inputs = await seeds();

/** The input of a case. */
function inputOf(number) {
  const random = randomOf(Number(seed), number);
  const { name, bytes } = random.of(inputs);
  return { name, bytes: change(bytes, random) };
}

process.on('message', async (number) => {
  const { name, bytes } = inputOf(number);
  process.send({ number, name, started: true, bytes: Buffer.from(bytes).toString('base64') });
  try {
    await read(name, bytes);
    process.send({ number, outcome: 'read' });
  } catch (error) {
    const isOurs = error instanceof SlowFastError;
    process.send({
      number,
      outcome: isOurs ? 'refused' : 'unexpected',
      kind: error?.name,
      message: String(isOurs ? error.message : (error?.stack ?? error)).slice(0, 4000),
      length: error?.message?.length ?? 0,
    });
  }
});
process.on('disconnect', () => process.exit(0));
process.send({ ready: true });
