/** @file The declaration of `slowfast watch`. */
import type { CommandDeclaration } from '../declaration.js';
import { LABELS, modelGroup } from '../options/model.js';
import { outputGroup, top } from '../options/output.js';
import { ONNX_GROUP } from '../options/runtime.js';
import { positiveNumber, protocols, seconds } from '../options/values.js';

/** `watch`: see its description. */
export const watch: CommandDeclaration = {
  name: 'watch',
  description: 'classify a stream, camera or file while it plays, every so many seconds',
  args: [
    {
      name: '<source>',
      description: 'a file, a URL, a device that ffmpeg knows, or - for standard input',
      names: 'input',
      isLive: true,
    },
  ],
  groups: [
    modelGroup(),
    {
      title: 'Source',
      options: [
        {
          flags: '--every <seconds>',
          description: 'from prediction to prediction',
          parse: seconds,
          default: 1,
        },
        {
          flags: '--queue <frames>',
          description: 'frames that wait at most; then the oldest is dropped',
          parse: positiveNumber,
          default: 64,
        },
        {
          flags: '--timeout <seconds>',
          description: 'give up when no frame came for so long',
          parse: seconds,
          default: 30,
        },
        {
          flags: '--allow-protocols <names>',
          description:
            "what a source, and a playlist in it, may reach beside the source's own: file, http, https, tls, tcp, …",
          parse: protocols,
        },
        {
          flags: '--format <name>',
          description: "ffmpeg's name of the device: v4l2, avfoundation, dshow",
          ownDefault: true,
        },
        {
          flags: '--fast',
          description: 'take a file as fast as it decodes, without drops, instead of as it plays',
        },
      ],
    },
    ONNX_GROUP,
    outputGroup('print one JSON object a prediction, one a line', top(3), LABELS),
  ],
  examples: [
    ['watch /dev/video0 --format v4l2', 'a camera of Linux'],
    ['watch rtsp://camera.local/stream --every 2 --json', 'a network camera, every two seconds'],
    ['watch recording.mp4 --fast', 'a file, as fast as it goes'],
  ],
  load: async () => (await import('../watch.js')).watch,
};
