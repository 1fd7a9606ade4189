/** @file Starts the page, and keeps it for when there is no network. */
import { render } from 'preact';
import { App } from './app.js';
import { SettingsProvider } from './settings.js';
import './style.css';

render(
  <SettingsProvider>
    <App />
  </SettingsProvider>,
  document.getElementById('app')!,
);

if ('serviceWorker' in navigator && import.meta.env.PROD) {
  navigator.serviceWorker.register('./sw.js').catch(() => undefined);
}
