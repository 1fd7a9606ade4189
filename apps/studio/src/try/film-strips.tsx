/** @file What each pathway sees of a window: Slow's few frames large, Fast's many small and grey. */
import { useEffect, useRef } from 'preact/hooks';
import { useTexts } from '../settings.js';
import type { Strip } from '../worker/strips.js';

/** Width of a film strip in pixels before it breaks. */
const ROW = 720;

/** A strip a pathway. */
export function FilmStrips({ strips }: { readonly strips: readonly Strip[] }) {
  return (
    <>
      {strips.map((strip) => (
        <FilmStrip key={strip.pathway} strip={strip} />
      ))}
    </>
  );
}

function FilmStrip({ strip }: { readonly strip: Strip }) {
  const texts = useTexts().try;
  const canvas = useRef<HTMLCanvasElement>(null);
  const { pathway, count, side } = strip;
  const columns = Math.min(count, Math.floor(ROW / (side + 2)));
  const rows = Math.ceil(count / columns);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    for (let i = 0; i < count; i++) {
      const at = [(i % columns) * (side + 2), Math.floor(i / columns) * (side + 2)] as const;
      context.putImageData(picture(strip, i), ...at);
    }
  }, [strip]);
  const words = `${pathway}: ${texts.frames(count)}`;
  return (
    <figure class="strip">
      <figcaption>{words}</figcaption>
      <canvas
        ref={canvas}
        role="img"
        aria-label={words}
        width={columns * (side + 2)}
        height={rows * (side + 2)}
      />
    </figure>
  );
}

function picture({ side, channels, pixels }: Strip, index: number): ImageData {
  const size = side * side;
  const image = new ImageData(side, side);
  for (let i = 0; i < size; i++) {
    for (let c = 0; c < 3; c++) {
      image.data[4 * i + c] = pixels[(index * size + i) * channels + (channels === 1 ? 0 : c)]!;
    }
    image.data[4 * i + 3] = 255;
  }
  return image;
}
