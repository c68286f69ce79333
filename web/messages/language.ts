import type { ReactNode } from 'react';
import { Fragment, createElement } from 'react';
import { createStore, useWhole } from '../state/store.js';
import { remember, remembered } from '../state/remembered.js';
import { cut, formOf, type PlacesOf } from './catalogue.js';
import { en } from './en.js';
import { zh } from './zh.js';

export const LANGUAGES = { en: 'English', zh: '中文' } as const;
export type Language = keyof typeof LANGUAGES;
export type Key = keyof typeof en;
type Filled<K extends Key, Value> = [PlacesOf<(typeof en)[K]>] extends [never]
  ? []
  : [values: Readonly<Record<PlacesOf<(typeof en)[K]>, Value>>];

const CATALOGUES = { en, zh };

export const language = createStore<Language>(firstLanguage());

function firstLanguage(): Language {
  const chosen = remembered('language');
  if (chosen === 'en' || chosen === 'zh') return chosen;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

export function chooseLanguage(next: Language): void {
  remember('language', next);
  language.set(next);
}

function form(of: Language, key: Key, values: Readonly<Record<string, unknown>> | undefined): string {
  return formOf(CATALOGUES[of][key], of, values?.['count']);
}

const counts = { en: new Intl.NumberFormat('en'), zh: new Intl.NumberFormat('zh') };

export type Translate = <K extends Key>(key: K, ...values: Filled<K, string | number>) => string;
export type TranslateRich = <K extends Key>(key: K, ...values: Filled<K, ReactNode>) => ReactNode;

function translator(of: Language): Translate {
  return (key, ...[values]) => {
    const filled = values as Readonly<Record<string, string | number>> | undefined;
    return cut(form(of, key, filled))
      .map((part, i) => {
        if (i % 2 === 0) return part;
        const value = filled?.[part];
        return typeof value === 'number' ? counts[of].format(value) : (value ?? '');
      })
      .join('');
  };
}

function richTranslator(of: Language): TranslateRich {
  return (key, ...[values]) => {
    const filled = values as Readonly<Record<string, ReactNode>> | undefined;
    return cut(form(of, key, filled)).map((part, i) => {
      if (i % 2 === 0) return part;
      const value = filled?.[part];
      return createElement(Fragment, { key: i }, typeof value === 'number' ? counts[of].format(value) : value);
    });
  };
}

export interface Messages {
  readonly language: Language;
  readonly t: Translate;
  /** The same with elements in the places. */
  readonly rich: TranslateRich;
}

const MESSAGES: Record<Language, Messages> = {
  en: { language: 'en', t: translator('en'), rich: richTranslator('en') },
  zh: { language: 'zh', t: translator('zh'), rich: richTranslator('zh') },
};

/** The texts of the language that is chosen; a component that calls this follows the choice. */
export function useMessages(): Messages {
  return MESSAGES[useWhole(language)];
}
