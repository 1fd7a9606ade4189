/** @file SVG as text: elements with escaped attributes and text. */

type Attributes = Readonly<Record<string, string | number | undefined>>;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** Text as it stands in XML; characters that XML cannot hold become U+FFFD. */
export const escaped = (text: string): string =>
  text
    .replace(/[&<>"]/g, (character) => ESCAPES[character]!)
    // eslint-disable-next-line no-control-regex -- these are what XML forbids
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd');

const valueText = (value: string | number): string =>
  typeof value === 'number' ? `${Math.round(value * 10) / 10}` : escaped(value);

/** One element around others. */
export function element(
  name: string,
  attributes: Attributes,
  ...content: readonly string[]
): string {
  const texts = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${valueText(value)}"`],
  );
  const start = `<${name}${texts.join('')}`;
  return content.length === 0 ? `${start}/>` : `${start}>${content.join('')}</${name}>`;
}

/** Where a line of text stands: at its start, middle or end. */
export type Anchor = 'start' | 'middle' | 'end';

/** A line of text; `x` and `y` are of its baseline. */
export const textLine = (
  text: string,
  x: number,
  y: number,
  style: { readonly class?: string; readonly anchor?: Anchor } = {},
): string =>
  element(
    'text',
    {
      x,
      y,
      class: style.class,
      'text-anchor': style.anchor === 'start' ? undefined : style.anchor,
    },
    escaped(text),
  );

/** A line through points. */
export const path = (
  points: readonly (readonly [x: number, y: number])[],
  attributes: Attributes,
): string =>
  element('path', {
    d: points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${valueText(x)} ${valueText(y)}`).join(''),
    ...attributes,
  });
