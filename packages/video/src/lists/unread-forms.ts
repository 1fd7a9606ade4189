/** @file Lists of videos that look like paths with class numbers and mean something else. Needs no Node API. */
import { numberedLines } from '@slowfast/core';
import { lineError } from './list-error.js';

interface Form {
  /** What it is called. */
  readonly name: string;
  /** One of its lines. */
  readonly line: RegExp;
  readonly remedy: string;
}

const FORMS: readonly Form[] = [
  {
    // The class is in the name of the list; names of videos end with what their makers noted of them.
    name: 'a split of HMDB-51 (0 neither, 1 training, 2 testing)',
    line: /^[^\\/]+_[a-z]_[cn]m_np\d_(?:fr|ba|le|ri)_(?:goo|med|bad)_\d+\.avi\s+[012]\s*$/,
    remedy: 'Write the lines of one half as a path and the number of its class',
  },
  {
    name: "a list of folders of frames, as mmaction2's rawframes (folder, number of frames, class)",
    line: /^(?!\S*\.[A-Za-z]\w{1,4}\s)[^\s"]+\/[^\s"]+(?:\s+\d+){2,}\s*$/,
    remedy: 'Leave the number of frames out: a folder of pictures and its class',
  },
];

/** Lines that are looked at: a form is all of them. */
const LOOKED_AT = 50;

/** Throws SpecError by the name of the form where a list's lines are all of one that is not read. */
export function checkForm(list: string, text: string): void {
  const lines: (readonly [number, string])[] = [];
  for (const line of numberedLines(text)) if (lines.push(line) === LOOKED_AT) break;
  const form = FORMS.find(({ line }) => lines.every(([, content]) => line.test(content)));
  if (!form) return;
  const [number, content] = lines[0]!;
  throw lineError(
    list,
    number,
    'a path and a class number, such as videos/a.mp4 0',
    `'${content}', of ${form.name}`,
    form.remedy,
  );
}
