/** @file Points of a body, as COCO names them. */

/** The joints that a person has, in the order in which detectors of poses give them. */
export const JOINTS = [
  'nose',
  'left_eye',
  'right_eye',
  'left_ear',
  'right_ear',
  'left_shoulder',
  'right_shoulder',
  'left_elbow',
  'right_elbow',
  'left_wrist',
  'right_wrist',
  'left_hip',
  'right_hip',
  'left_knee',
  'right_knee',
  'left_ankle',
  'right_ankle',
] as const;

/** A joint of a person: `x` and `y` are parts (0 to 1) of the frame's width and height. */
export interface Keypoint {
  readonly name: (typeof JOINTS)[number];
  readonly x: number;
  readonly y: number;
  /** How likely it is there, 0 to 1. */
  readonly score: number;
}
