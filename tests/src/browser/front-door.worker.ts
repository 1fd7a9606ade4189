/// <reference lib="dom" />
/** @file The worker of the front door's test. */
import { frontDoor, type FrontDoorQuestion } from './front-door.js';

addEventListener('message', async ({ data }: MessageEvent<FrontDoorQuestion>) =>
  postMessage(await frontDoor(data)),
);
