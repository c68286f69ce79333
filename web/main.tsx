import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.js';
import { language } from './messages/language.js';
import { keepAppearance } from './theme/appearance.js';
import './styles/base.css';
import './styles/shell.css';
import './styles/parts.css';
import './styles/tasks.css';

keepAppearance();
const tellLanguage = (): void => {
  document.documentElement.lang = language.get() === 'zh' ? 'zh-CN' : 'en';
};
language.subscribe(tellLanguage);
tellLanguage();

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
