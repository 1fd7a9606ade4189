/** @file Colours: of a page in light or dark, or as the reader's system has it. */

/** `auto` follows the reader's system. */
export type Theme = 'auto' | 'light' | 'dark';

interface Palette {
  readonly paper: string;
  readonly ink: string;
  readonly faint: string;
  readonly rule: string;
  /** Line and fill of each pathway, in turn. */
  readonly pathways: readonly (readonly [line: string, fill: string])[];
}

const LIGHT: Palette = {
  paper: '#ffffff',
  ink: '#1f2933',
  faint: '#52606d',
  rule: '#d9dee4',
  pathways: [
    ['#1d5fa8', '#cfe2f7'],
    ['#b3470b', '#fbdcc6'],
    ['#24734a', '#cdebd9'],
    ['#7a3aa0', '#e9d8f4'],
  ],
};

const DARK: Palette = {
  paper: '#14191f',
  ink: '#e8edf2',
  faint: '#a6b2be',
  rule: '#37424e',
  pathways: [
    ['#7db8f2', '#1f3f61'],
    ['#f5a06a', '#5c3216'],
    ['#7fd3a4', '#1d4a33'],
    ['#cda4ea', '#452a5a'],
  ],
};

/** How many pathways have a colour of their own. */
export const COLOURS = LIGHT.pathways.length;

/** The root's class, which every rule begins with, so that a page's own rules and these stay apart. */
export const ROOT = 'slowfast-drawing';

const variables = ({ paper, ink, faint, rule, pathways }: Palette): string =>
  [
    `--paper:${paper};--ink:${ink};--faint:${faint};--rule:${rule}`,
    ...pathways.map(([line, fill], i) => `--line${i}:${line};--fill${i}:${fill}`),
  ].join(';');

/** The style sheet of a drawing. */
export function styleSheet(theme: Theme): string {
  const rule = (selector: string, text: string): string =>
    `.${ROOT}${selector && ` ${selector}`}{${text}}`;
  const first = variables(theme === 'dark' ? DARK : LIGHT);
  return [
    rule('', `${first};font:12px system-ui,sans-serif`),
    ...(theme === 'auto'
      ? [`@media (prefers-color-scheme:dark){${rule('', variables(DARK))}}`]
      : []),
    rule('text', 'fill:var(--ink)'),
    rule('.paper', 'fill:var(--paper)'),
    rule('.title', 'font-size:17px;font-weight:600'),
    rule('.strong', 'font-weight:600'),
    rule('.faint', 'fill:var(--faint)'),
    rule('.small', 'font-size:11px'),
    rule('.kernel', 'font:11px ui-monospace,Menlo,Consolas,monospace'),
    rule('.flow', 'stroke:var(--faint);fill:none;stroke-width:1.2'),
    rule('.rule', 'stroke:var(--rule);fill:none'),
    rule('.head', 'stroke:var(--faint);fill:var(--rule);fill-opacity:.5'),
    rule('.tip', 'fill:var(--faint)'),
    ...LIGHT.pathways.flatMap((_, i) => [
      rule(`.box${i}`, `fill:var(--fill${i});stroke:var(--line${i})`),
      rule(`.side${i}`, `fill:var(--line${i});fill-opacity:.35;stroke:var(--line${i})`),
      rule(`.tick${i}`, `stroke:var(--line${i});stroke-opacity:.45;fill:none`),
      rule(`.name${i}`, `fill:var(--line${i});font-weight:600`),
      rule(`.lateral${i}`, `stroke:var(--line${i});fill:none;stroke-width:1.6`),
      rule(`.lateral-tip${i}`, `fill:var(--line${i})`),
      rule(`.bar${i}`, `fill:var(--line${i})`),
    ]),
  ].join('');
}
