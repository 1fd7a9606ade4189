/** @file The whole page: what is said of it, language and colours, and its tabs. */
import { CompareTab } from './compare/compare-tab.js';
import { ComposeTab } from './compose/compose-tab.js';
import { LANGUAGES, useSettings, useTexts, type Language } from './settings.js';
import { Tabs } from './tabs.js';
import { TrainTab } from './train/train-tab.js';
import { TryTab } from './try/try-tab.js';

/** The studio. */
export function App() {
  const texts = useTexts();
  const { language, theme, set } = useSettings();
  return (
    <>
      <a class="skip" href="#content" onClick={(event) => focusContent(event)}>
        {texts.skip}
      </a>
      <header>
        <h1>{texts.title}</h1>
        <p class="local">{texts.local}</p>
        <div class="settings">
          <label>
            {texts.language}
            <select
              value={language}
              onChange={({ currentTarget }) => set({ language: currentTarget.value as Language })}
            >
              {Object.entries(LANGUAGES).map(([code, { name }]) => (
                <option key={code} value={code} lang={code}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <label>
            {texts.theme}
            <select
              value={theme}
              onChange={({ currentTarget }) => set({ theme: currentTarget.value as typeof theme })}
            >
              {Object.entries(texts.themes).map(([key, name]) => (
                <option key={key} value={key}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        </div>
      </header>
      <Tabs
        label={texts.title}
        tabs={[
          { key: 'compose', title: texts.tabs.compose, content: () => <ComposeTab /> },
          { key: 'try', title: texts.tabs.try, content: () => <TryTab /> },
          { key: 'compare', title: texts.tabs.compare, content: () => <CompareTab /> },
          { key: 'train', title: texts.tabs.train, content: () => <TrainTab /> },
        ]}
      />
    </>
  );
}

/** Not by the address, which names the tab. */
function focusContent(event: Event): void {
  event.preventDefault();
  document.getElementById('content')?.focus();
}
