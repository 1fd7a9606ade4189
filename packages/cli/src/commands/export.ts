/** @file `slowfast export MODEL -o model.onnx`: a model as a file that any ONNX Runtime runs. */
import { writeFileAtomic } from '@slowfast/models';
import { exportOnnx } from '@slowfast/runtime-onnx';
import { EXIT } from '../exit.js';
import type { AddCommand } from '../main.js';
import {
  addVariantOptions,
  addWeightOptions,
  loadFlagged,
  oneOf,
  type ModelFlags,
} from '../model-options.js';
import { progressLine } from '../progress.js';

interface ExportFlags extends Omit<ModelFlags, 'model'> {
  readonly output: string;
  readonly input: string;
  readonly precision: string;
  readonly lowering: string;
  readonly dynamicSize?: boolean;
  readonly dynamicFrames?: boolean;
  readonly json?: boolean;
}

/** Adds `export`. */
export const addExport: AddCommand = (program, run) => {
  addWeightOptions(
    addVariantOptions(
      program
        .command('export')
        .description('write a model as ONNX, with recipe and labels in its metadata')
        .argument('[model]', 'a name that `slowfast models` lists; default: what the weights fit')
        .requiredOption('-o, --output <file>', 'where to write the model'),
    ),
  )
    .option('--input <kind>', 'pathways (one input each) or clip (one raw clip)', 'pathways')
    .option('--precision <type>', 'float32 or float16 weights', 'float32')
    .option('--lowering <how>', 'none (for every device) or auto (fast on processors)', 'none')
    .option('--dynamic-size', 'let each run choose height and width (not with non-local blocks)')
    .option('--dynamic-frames', 'let each run choose frames (with laterals of convolutions only)')
    .option('--json', 'print one JSON object')
    .action((model: string | undefined, flags: ExportFlags) =>
      run(async (terminal) => {
        const input = oneOf('--input', flags.input, ['pathways', 'clip']);
        const precision = oneOf('--precision', flags.precision, ['float32', 'float16']);
        const lowering = oneOf('--lowering', flags.lowering, ['auto', 'none']);
        const loaded = await loadFlagged({ ...flags, ...(model === undefined ? {} : { model }) });
        const { entry, weights, facts } = loaded;
        const progress = progressLine(terminal, `exporting ${entry.name}, MiB`);
        let bytes = 0;
        try {
          await writeFileAtomic(
            flags.output,
            async (sink) => {
              for await (const chunk of exportOnnx(entry.model, weights, {
                input,
                precision,
                size: flags.dynamicSize ? 'dynamic' : 'fixed',
                frames: flags.dynamicFrames ? 'dynamic' : 'fixed',
                lowering,
                facts,
              })) {
                await sink.write(chunk);
                bytes += chunk.length;
                progress.update(Math.floor(bytes / 2 ** 20), 0);
              }
            },
            terminal.signal,
          );
        } finally {
          progress.end();
          await weights.close?.();
        }
        const report = { model: entry.name, output: flags.output, bytes, trained: facts.trained };
        terminal.out(
          flags.json
            ? `${JSON.stringify({ ...report, input, precision, lowering, recipe: facts.recipe })}\n`
            : `${entry.name} → ${flags.output} (${(bytes / 2 ** 20).toFixed(1)} MiB)\n`,
        );
        if (!facts.trained) terminal.err('warning: the weights are initialised, not trained\n');
        return EXIT.success;
      }),
    );
};
