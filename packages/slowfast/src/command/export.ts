/** @file `slowfast export MODEL -o model.onnx`: a model as a file that any ONNX Runtime runs. */
import { writeFileAtomic } from '@slowfast/core';
import { type LoadedModel } from '@slowfast/checkpoints';
import { exportOnnx, type Calibration, type OnnxExportOptions } from '@slowfast/runtime-onnx';
import { CLIPS, calibrationOf } from '../model/calibration.js';
import { untrainedWarning } from '../model/labels.js';
import { openModel } from '../model/open-model.js';
import { defined } from '../defined.js';
import { EXIT, UsageError } from './exit.js';
import type { Request } from './declaration.js';
import { exportPyTorch, type PyTorchFlags } from './export-pytorch.js';
import { checkTritonFlags, tritonFiles, type TritonFlags } from './export-triton.js';
import { modelOptions, type ModelFlags } from './model-options.js';
import { progressLine } from './progress.js';
import type { Terminal } from './terminal.js';

interface ExportFlags extends Omit<ModelFlags, 'model'>, TritonFlags, PyTorchFlags {
  readonly output?: string;
  readonly input: 'pathways' | 'clip';
  readonly precision: 'float32' | 'float16' | 'int8';
  readonly lowering?: 'auto' | 'none';
  readonly calibrate?: string;
  readonly calibrationClips?: number;
  readonly saveCalibration?: string;
  readonly dynamicSize?: boolean;
  readonly dynamicFrames?: boolean;
  readonly json?: boolean;
}

/** Writes a model as ONNX, in a file or a model repository, or as a PyTorch program. */
export async function exportModel({
  args: [model],
  flags,
  terminal,
}: Request<ExportFlags>): Promise<number> {
  const { input, precision } = flags;
  const output = outputOf(flags);
  if (flags.pytorch !== undefined || flags.pyslowfast !== undefined)
    return exportPyTorch(model, flags, terminal);
  checkCalibrationFlags(flags);
  const lowering = flags.lowering ?? (precision === 'int8' ? 'auto' : 'none');
  const loaded = await openModel(modelOptions({ ...flags, ...defined({ model }) }, terminal));
  const { entry, weights, metadata } = loaded;
  const network = entry.model;
  let bytes = 0;
  let calibration: Calibration | undefined;
  try {
    calibration = await calibrationFor(loaded, flags, terminal);
    const progress = progressLine(terminal, `exporting ${network.name}, MiB`);
    const onnx: OnnxExportOptions = {
      input,
      precision,
      size: flags.dynamicSize ? 'dynamic' : 'fixed',
      frames: flags.dynamicFrames ? 'dynamic' : 'fixed',
      lowering,
      metadata,
      ...(calibration ? { calibration } : {}),
    };
    const files =
      flags.triton === undefined
        ? [{ path: output, chunks: () => exportOnnx(network, weights, onnx) }]
        : await tritonFiles(network, weights, onnx, flags);
    for (const { path, chunks } of files) {
      await writeFileAtomic(
        path,
        async (sink) => {
          for await (const chunk of chunks()) {
            await sink.write(chunk);
            bytes += chunk.length;
            progress.update(Math.floor(bytes / 2 ** 20), 0);
          }
        },
        terminal.signal,
      ).finally(() => progress.end());
    }
  } finally {
    await weights.close?.();
  }
  const report = {
    model: network.name,
    output,
    bytes,
    trained: metadata.trained,
  };
  terminal.out(
    flags.json
      ? `${JSON.stringify({
          ...{ ...report, input, precision, lowering, preprocessing: metadata.preprocessing },
          ...(calibration ? { calibrationClips: calibration.clips } : {}),
        })}\n`
      : `${network.name} → ${output} (${(bytes / 2 ** 20).toFixed(1)} MiB)\n`,
  );
  for (const text of untrainedWarning({ metadata })) terminal.err(`warning: ${text}\n`);
  return EXIT.success;
}

/** Where the model goes; throws {@link UsageError} where that is not said, or twice. */
function outputOf(flags: ExportFlags): string {
  const places = [flags.output, flags.triton, flags.pytorch, flags.pyslowfast].filter(
    (place) => place !== undefined,
  );
  if (places.length !== 1) {
    throw new UsageError(
      `expected --output with a file, or --triton, --pytorch or --pyslowfast with a folder, received ${places.length === 0 ? 'none' : 'several'}`,
    );
  }
  checkTritonFlags(flags);
  if (flags.training !== undefined && (flags.pytorch ?? flags.pyslowfast) === undefined) {
    throw new UsageError(
      '--training: belongs to --pytorch and --pyslowfast, received without them',
    );
  }
  return places[0]!;
}

function checkCalibrationFlags(flags: ExportFlags): void {
  const { precision, calibrate, calibrationClips, saveCalibration } = flags;
  if (precision === 'int8') {
    if (calibrate === undefined) {
      throw new UsageError(
        '--precision int8: expected --calibrate with a list or a folder of videos, received none',
      );
    }
    return;
  }
  const options = Object.entries({ calibrate, calibrationClips, saveCalibration });
  if (options.every(([, value]) => value === undefined)) return;
  throw new UsageError(`--calibrate and what belongs to it: for --precision int8 only`);
}

/** The calibration for int8; nothing for other precisions. */
async function calibrationFor(
  loaded: LoadedModel,
  flags: ExportFlags,
  terminal: Terminal,
): Promise<Calibration | undefined> {
  const { calibrate, calibrationClips = CLIPS, saveCalibration } = flags;
  if (calibrate === undefined) return undefined;
  const progress = progressLine(terminal, 'calibrating');
  try {
    return await calibrationOf(loaded, {
      source: calibrate,
      clips: calibrationClips,
      ...defined({ saveTo: saveCalibration }),
      signal: terminal.signal,
      onProgress: progress.update,
      onNote: (text) => terminal.err(`note: ${text}\n`),
    });
  } finally {
    progress.end();
  }
}
