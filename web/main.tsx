import { App } from './app.js';
export const x = App;
