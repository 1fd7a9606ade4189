/** @file Decoding frames to RGB24 with node-av. */
import type { CodecContext, Frame, Packet } from 'node-av/lib';
import type { DecodeOptions, RawFrame } from './backend.js';
import type { InputFile } from './input-file.js';
import { sizeChange, unsupportedCodec } from './media-errors.js';
import type { NodeAv } from './node-av.js';
import { openStream, type OpenedStream } from './node-av-open.js';

/** Converts frames to packed RGB24 in one reused buffer of its own. */
function rgbConverter({ lib, constants }: NodeAv) {
  const rgb = new lib.Frame();
  const scaler = new lib.SoftwareScaleContext();
  let ready = '';
  return {
    async convert(frame: Frame): Promise<Uint8Array> {
      const { width, height, format } = frame;
      const key = `${width}x${height}:${format}`;
      if (ready !== key) {
        if (ready !== '') {
          scaler.freeContext();
          rgb.free();
        }
        rgb.alloc();
        rgb.format = constants.AV_PIX_FMT_RGB24;
        rgb.width = width;
        rgb.height = height;
        // Aligned rows: the converter writes whole vectors, and in a packed buffer the last columns
        // of a row would be overwritten by them.
        rgb.getBuffer(64);
        scaler.getContext(
          ...[width, height, frame.format as number],
          ...[width, height, constants.AV_PIX_FMT_RGB24],
          constants.SWS_BILINEAR,
        );
        ready = key;
      }
      await scaler.scaleFrame(rgb, frame);
      return packRows(rgb, width, height);
    },
    free(): void {
      if (ready === '') return;
      scaler.freeContext();
      rgb.free();
    },
  };
}

function packRows(rgb: Frame, width: number, height: number): Uint8Array {
  const rows = rgb.data?.[0];
  const stride = rgb.linesize[0];
  if (!rows || !stride) throw new Error('internal: the RGB frame has no data');
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    data.set(rows.subarray(y * stride, y * stride + width * 3), y * width * 3);
  }
  return data;
}
