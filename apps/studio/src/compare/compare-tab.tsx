/** @file The Compare tab: what the catalog costs and reaches, and models on one video. */
import { useTexts } from '../settings.js';
import { CatalogChart } from './catalog-chart.js';
import { ModelsOnVideo } from './models-on-video.js';

/** The tab. */
export function CompareTab() {
  const texts = useTexts();
  return (
    <>
      <p>{texts.compare.about}</p>
      <h2>{texts.compare.chart}</h2>
      <CatalogChart />
      <h2>{texts.compare.models}</h2>
      <ModelsOnVideo />
    </>
  );
}
