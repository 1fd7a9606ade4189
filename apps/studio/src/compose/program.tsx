/** @file The TypeScript of a network and its link, to copy. */
import { useState } from 'preact/hooks';
import { useTexts } from '../settings.js';
import { specificationText, type Specification } from './specification.js';
import { typescriptOf } from './typescript.js';

/** The program, with buttons. */
export function Program({ specification }: { readonly specification: Specification }) {
  const texts = useTexts().compose;
  const [isCopied, setCopied] = useState(false);
  const program = typescriptOf(specification);
  async function copy(text: string): Promise<void> {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  }
  const link = (): string => {
    const url = new URL(location.href);
    url.hash = `compose/${specificationText(specification)}`;
    return url.href;
  };
  return (
    <>
      <h2>{texts.typescript}</h2>
      <pre tabIndex={0} aria-label={texts.typescript} role="region">
        <code>{program}</code>
      </pre>
      <p class="row">
        <button type="button" onClick={() => void copy(program)}>
          {texts.copy}
        </button>
        <button type="button" onClick={() => void copy(link())}>
          {texts.copyLink}
        </button>
        <span role="status">{isCopied ? texts.copied : ''}</span>
      </p>
    </>
  );
}
