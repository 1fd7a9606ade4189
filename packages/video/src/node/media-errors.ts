/** @file The errors that every decoder reports in the same words. */
import { MediaError } from '@slowfast/core';

/** Containers that are opened; playlists and scripts are not among them, since they can name other files. */
export const FORMATS = [
  'mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,h264,hevc,m4v,mjpeg,gif',
  'ivf,nut,mxf,rm,dv,obu,av1,vc1,wav,mp3,aac,flac,y4m,yuv4mpegpipe',
].join(',');

/** The file is not a video, or its header is damaged. */
export const invalidMedia = (path: string, detail: string, cause?: unknown): MediaError =>
  new MediaError({
    site: path,
    expected: 'a video in a container such as MP4, MKV, WebM or AVI',
    received: `data that cannot be read as one (${detail})`,
    remedy: 'Check that the file is complete and is a video',
    cause,
  });

/** There is sound or something else, but no picture. */
export const noVideoStream = (path: string, container: string): MediaError =>
  new MediaError({
    site: path,
    expected: 'a file with a video stream',
    received: `a file without one (container ${container})`,
    remedy: 'Give the file that holds the pictures',
  });

/** There are pictures, but no sound. */
export const noSoundStream = (path: string): MediaError =>
  new MediaError({
    site: path,
    expected: 'a video with sound, which the model hears',
    received: 'one without',
    remedy: 'Give a video with sound, or take a model that only sees',
  });

/** The codec is unknown or left out of this build. */
export class UnsupportedCodecError extends MediaError {
  override name = 'MediaError';
}

/** The codec is unknown to the decoder. */
export const unsupportedCodec = (path: string, codec: string, decoder: string): MediaError =>
  new UnsupportedCodecError({
    site: path,
    expected: `a codec that ${decoder} decodes (H.264, HEVC, VP9, AV1, MPEG-4, MJPEG and others)`,
    received: codec,
    remedy: 'Convert the file to H.264 in MP4',
  });

/** The browser does not decode the sound. */
export const unsupportedSound = (path: string, codec: string): MediaError =>
  new UnsupportedCodecError({
    site: path,
    expected: 'sound in a codec that this browser decodes (Opus, AAC, MP3, Vorbis, FLAC, PCM)',
    received: codec,
    remedy: 'Convert the sound to Opus or PCM, run it in Node, or take a model that only sees',
  });

/** No frame came out of the file. */
export const noFrames = (path: string): MediaError =>
  new MediaError({
    site: path,
    expected: 'at least one frame of video',
    received: 'a file of which none can be decoded',
    remedy: 'Check that the file is complete',
  });

/** Larger than the limit on pixels. */
export const tooLarge = (path: string, width: number, height: number, limit: number): MediaError =>
  new MediaError({
    site: path,
    expected: `frames of at most ${limit} pixels`,
    received: `frames of ${width}x${height}`,
    remedy: 'Raise maxPixels if the file can be trusted',
  });

/** More frames than the limit. */
export const tooManyFrames = (path: string, limit: number): MediaError =>
  new MediaError({
    site: path,
    expected: `at most ${limit} frames`,
    received: 'more',
    remedy: 'Raise maxFrames, or cut the video',
  });

/** The stream does not say how large its frames are. */
export const noSize = (path: string, width: number, height: number): MediaError =>
  new MediaError({
    site: path,
    expected: 'frames of a size that the file states',
    received: `frames of ${width}x${height}`,
    remedy: 'Check that the file is complete and begins before its first key frame',
  });

/** No decoder is there, or not the one that was asked for. */
export const noDecoder = (choice: string, reasons: readonly string[]): MediaError =>
  new MediaError({
    site: 'decoder',
    expected: choice === 'auto' ? 'node-av or ffmpeg' : `the decoder ${choice}`,
    received: `none that works here (${reasons.join('; ') || 'browsers alone have it'})`,
    remedy:
      'Run npm install node-av, or install ffmpeg and put it on the PATH or name it in FFMPEG_PATH',
  });

/** Fewer frames decode than there are. */
export const framesLost = (path: string, frames: number, decoded: number): MediaError =>
  new MediaError({
    site: path,
    expected: `${frames} frames`,
    received: `${decoded} that decode`,
    remedy: 'Copy or download the file again, or open it without strict',
  });

/** ffprobe ended by a fault of its own; some builds do at some files. */
export const brokenProbe = (path: string): MediaError =>
  new MediaError({
    site: path,
    expected: 'an ffprobe that reads the file',
    received: 'one that broke down',
    remedy:
      'Take another build of it (FFPROBE_PATH), or the decoder node-av, and check that the file is a video',
  });
