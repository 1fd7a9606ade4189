/** @file Language and colours, kept in the browser. */
import type { Theme } from '@slowfast/drawing';
import { createContext, type ComponentChildren } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import { en, type Texts } from './texts/en.js';
import { ko } from './texts/ko.js';

/** Languages by their codes. */
export const LANGUAGES = { en: { name: 'English', texts: en }, ko: { name: '한국어', texts: ko } };

/** A language of the studio. */
export type Language = keyof typeof LANGUAGES;

interface Settings {
  readonly language: Language;
  readonly theme: Theme;
  set(change: Partial<Pick<Settings, 'language' | 'theme'>>): void;
}

const Context = createContext<Settings>({ language: 'en', theme: 'auto', set: () => undefined });

const THEMES: readonly Theme[] = ['auto', 'light', 'dark'];

/** What is kept under a name; nothing where the browser keeps nothing. */
function kept<T extends string>(name: string, choices: readonly T[]): T | undefined {
  try {
    return choices.find((value) => value === localStorage.getItem(`slowfast.${name}`));
  } catch {
    return undefined;
  }
}

function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`slowfast.${name}`, value);
  } catch {
    // A browser that keeps nothing asks again next time.
  }
}

/** Gives language and colours to what is inside, and to the page. */
export function SettingsProvider({ children }: { readonly children: ComponentChildren }) {
  const codes = Object.keys(LANGUAGES) as Language[];
  const [language, setLanguage] = useState<Language>(
    () => kept('language', codes) ?? (navigator.language.startsWith('ko') ? 'ko' : 'en'),
  );
  const [theme, setTheme] = useState<Theme>(() => kept('theme', THEMES) ?? 'auto');
  useEffect(() => {
    document.documentElement.lang = language;
    document.title = LANGUAGES[language].texts.title;
    keep('language', language);
  }, [language]);
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme;
    keep('theme', theme);
  }, [theme]);
  const set: Settings['set'] = (change) => {
    if (change.language) setLanguage(change.language);
    if (change.theme) setTheme(change.theme);
  };
  return <Context.Provider value={{ language, theme, set }}>{children}</Context.Provider>;
}

/** Language and colours, and how to change them. */
export const useSettings = (): Settings => useContext(Context);

/** The texts of the language. */
export const useTexts = (): Texts => LANGUAGES[useSettings().language].texts;
