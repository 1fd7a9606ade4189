/** @file Videos that come along, each fetched when it is picked; the service worker keeps them for when there is no network. */

/** What the samples show: the classes of the model that comes along, by clips that it never learned from. */
export const SAMPLES = ['handshake', 'hug', 'kick', 'point', 'punch', 'push'] as const;

/** One of {@link SAMPLES}. */
export type Sample = (typeof SAMPLES)[number];

/** Fetches a sample. Rejects where it is not there. */
export async function sampleFile(sample: Sample): Promise<File> {
  const name = `${sample}.webm`;
  const response = await fetch(`./samples/${name}`);
  if (!response.ok) throw new Error(`${name}: expected a video, received ${response.status}.`);
  return new File([await response.blob()], name, { type: 'video/webm' });
}
