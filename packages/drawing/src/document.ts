/** @file The outermost element of a drawing, with what a screen reader says of it. */
import { element, escaped, textLine } from './element.js';
import { ROOT, styleSheet, type Theme } from './theme.js';

/** What every drawing says of itself. */
export interface DrawingFrame {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  /** The drawing in sentences. */
  readonly description: string;
  readonly theme: Theme;
  /** Where the title stands: the start of its baseline. */
  readonly titleAt: readonly [x: number, y: number];
}

/** An SVG document of a title and parts, on paper. */
export function svgDocument(frame: DrawingFrame, ...parts: readonly string[]): string {
  const { width, height, title, description, theme, titleAt } = frame;
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${Math.round(width)} ${Math.round(height)}`,
      width,
      height,
      role: 'img',
      class: ROOT,
    },
    element('title', {}, escaped(title)),
    element('desc', {}, escaped(description)),
    element('style', {}, styleSheet(theme)),
    element('rect', { width, height, rx: 8, class: 'paper' }),
    textLine(title, ...titleAt, { class: 'title' }),
    ...parts,
  );
}
