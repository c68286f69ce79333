import { language } from '../messages/language.js';
import { useWhole } from '../state/store.js';
import { dayAndTime, hourAndMinute, moment, timeOfDay } from './moments.js';
import { age, bytes, duration, exactly, number } from './quantities.js';

function bound(of: string) {
  return {
    exactly: (value: number) => exactly(of, value),
    number: (value: number) => number(of, value),
    bytes: (value: number) => bytes(of, value),
    duration: (ms: number) => duration(of, ms),
    age: (ms: number) => age(of, ms),
    moment: (at: number) => moment(of, at),
    timeOfDay: (at: number) => timeOfDay(of, at),
    hourAndMinute: (at: number) => hourAndMinute(of, at),
    dayAndTime: (at: number) => dayAndTime(of, at),
  };
}

export type Format = ReturnType<typeof bound>;
const FORMATS = { en: bound('en'), zh: bound('zh') };

/** Numbers and times in the language that is chosen. */
export function useFormat(): Format {
  return FORMATS[useWhole(language)];
}
