/** @file Tabs that keys move between, and the address names. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

interface Tab<K extends string> {
  readonly key: K;
  readonly title: string;
  readonly content: () => ComponentChildren;
}

/** The first word of the address's hash: `#try`, `#compose/…`. */
const tabOfAddress = (): string => location.hash.slice(1).split('/')[0]!;

/** Tabs; each is made when it is first shown, and kept. */
export function Tabs<K extends string>({
  tabs,
  label,
}: {
  readonly tabs: readonly Tab<K>[];
  readonly label: string;
}) {
  const tabKey = (key: string): K => (tabs.find((tab) => tab.key === key) ?? tabs[0]!).key;
  const [chosen, choose] = useState<K>(() => tabKey(tabOfAddress()));
  const [shown, setShown] = useState<ReadonlySet<K>>(new Set([chosen]));
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const follow = (): void => choose(tabKey(tabOfAddress()));
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  useEffect(() => setShown((before) => new Set([...before, chosen])), [chosen]);

  function show(key: K): void {
    if (tabOfAddress() !== key) location.hash = key;
    choose(key);
  }
  function move(event: KeyboardEvent): void {
    const at = tabs.findIndex(({ key }) => key === chosen);
    const to = {
      ArrowRight: (at + 1) % tabs.length,
      ArrowLeft: (at + tabs.length - 1) % tabs.length,
      Home: 0,
      End: tabs.length - 1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    show(tabs[to]!.key);
    list.current?.querySelectorAll('button')[to]?.focus();
  }

  return (
    <>
      <nav aria-label={label}>
        <div role="tablist" aria-label={label} class="tabs" ref={list} onKeyDown={move}>
          {tabs.map(({ key, title }) => (
            <button
              key={key}
              type="button"
              role="tab"
              id={`tab-${key}`}
              aria-selected={key === chosen}
              aria-controls={`panel-${key}`}
              tabIndex={key === chosen ? 0 : -1}
              onClick={() => show(key)}
            >
              {title}
            </button>
          ))}
        </div>
      </nav>
      <main id="content" tabIndex={-1}>
        {tabs.map(({ key, content }) => (
          <section
            key={key}
            role="tabpanel"
            id={`panel-${key}`}
            aria-labelledby={`tab-${key}`}
            hidden={key !== chosen}
          >
            {shown.has(key) || key === chosen ? content() : null}
          </section>
        ))}
      </main>
    </>
  );
}
