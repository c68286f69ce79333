import { createStore, useWhole } from '../state/store.js';
import { remember, remembered } from '../state/remembered.js';
import { PALETTES, type Palette } from './palette.js';

export const APPEARANCES = ['system', 'light', 'dark'] as const;
export type Appearance = (typeof APPEARANCES)[number];

const asked = matchMedia('(prefers-color-scheme: dark)');

/** What was chosen, and what is shown: `system` follows the machine. */
const appearance = createStore<{ chosen: Appearance; shown: 'light' | 'dark' }>(shown(firstChoice()));

function firstChoice(): Appearance {
  const found = remembered('appearance');
  return found === 'light' || found === 'dark' ? found : 'system';
}

function shown(chosen: Appearance): { chosen: Appearance; shown: 'light' | 'dark' } {
  return { chosen, shown: chosen === 'system' ? (asked.matches ? 'dark' : 'light') : chosen };
}

export function chooseAppearance(chosen: Appearance): void {
  remember('appearance', chosen === 'system' ? undefined : chosen);
  appearance.set(shown(chosen));
}

export function useAppearance(): { chosen: Appearance; shown: 'light' | 'dark' } {
  return useWhole(appearance);
}

/** Writes the palette into the page now and whenever the choice changes. */
export function keepAppearance(): void {
  asked.addEventListener('change', () => appearance.set(({ chosen }) => shown(chosen)));
  appearance.subscribe(paint);
  paint();
}

function paint(): void {
  const { shown: theme } = appearance.get();
  const root = document.documentElement;
  root.dataset['theme'] = theme;
  root.style.colorScheme = theme;
  for (const [name, colour] of Object.entries(PALETTES[theme] satisfies Palette)) {
    root.style.setProperty(`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`, String(colour));
  }
}
