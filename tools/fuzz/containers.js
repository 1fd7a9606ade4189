/** @file Changes within a zip archive; the archive around them is right, so that its checks do not hide the rest. */
import { unzipSync, zipSync } from 'fflate';
import { changedBytes } from './mutate.js';

/** A zip archive with one member changed, most often the pickle; anything else is changed as bytes. */
export function changedArchive(bytes, random) {
  if (bytes[0] !== 0x50 || random.below(4) === 0) return changedBytes(bytes, random);
  const members = unzipSync(bytes);
  const names = Object.keys(members);
  const pickle = names.find((name) => name.endsWith('data.pkl'));
  const name = pickle !== undefined && random.below(4) > 0 ? pickle : random.of(names);
  members[name] = changedBytes(members[name], random);
  return zipSync(members, { level: random.below(3) === 0 ? 6 : 0 });
}
