import { videoClassifier } from 'slowfast';

/** The three best classes of a video, by the small trained model that comes with the package. */
export async function classifyVideo(file: string) {
  await using classify = await videoClassifier(); // or { weights: 'SLOWFAST_8x8_R50.pyth' }
  return await classify(file, { top: 3, views: '3x1' });
}
