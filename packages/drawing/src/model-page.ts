/** @file A page with the drawing, for a browser without anything else. */
import { checkArguments, type ModelDescription } from '@slowfast/core';
import { drawModel, type DrawingOptions } from './draw-model.js';
import { escaped } from './element.js';

/** An HTML document of {@link drawModel}'s picture, light or dark as it is, without scripts or anything to load. */
export function modelPage(model: ModelDescription, options: DrawingOptions = {}): string {
  checkArguments('modelPage', { model: [model, 'object'], options: [options, 'object'] });

  const { title = model.name, theme = 'auto' } = options;
  const scheme = theme === 'auto' ? 'light dark' : theme;
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    `<meta name="color-scheme" content="${scheme}">`,
    `<title>${escaped(title)}</title>`,
    '<style>body{margin:1rem}svg{max-width:100%;height:auto}</style>',
    drawModel(model, options),
    '</html>',
    '',
  ].join('\n');
}
