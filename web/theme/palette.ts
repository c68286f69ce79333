/** The colours, once for the stylesheet's variables and for antd. All pairs of text and ground meet WCAG AA. */
export interface Palette {
  readonly ground: string;
  readonly surface: string;
  readonly sunken: string;
  readonly line: string;
  readonly lineStrong: string;
  readonly text: string;
  readonly quiet: string;
  readonly accent: string;
  readonly accentSoft: string;
  readonly good: string;
  readonly warn: string;
  readonly warnSoft: string;
  readonly bad: string;
  readonly badSoft: string;
  readonly calm: string;
  readonly focus: string;
}

export const PALETTES: Readonly<Record<'light' | 'dark', Palette>> = {
  light: {
    ground: '#f4f5f7',
    surface: '#ffffff',
    sunken: '#f0f2f5',
    line: '#e1e4ea',
    lineStrong: '#c3c9d4',
    text: '#161b24',
    quiet: '#545e6e',
    accent: '#1d4ed8',
    accentSoft: '#e8eefc',
    good: '#0a7a4d',
    warn: '#8f5800',
    warnSoft: '#fdf3dd',
    bad: '#b9212b',
    badSoft: '#fdecec',
    calm: '#4d5a73',
    focus: '#1d4ed8',
  },
  dark: {
    ground: '#0e1217',
    surface: '#161b22',
    sunken: '#1c222b',
    line: '#2a323d',
    lineStrong: '#3f4a59',
    text: '#e4e8ee',
    quiet: '#9ba6b5',
    accent: '#7ea6ff',
    accentSoft: '#1b2a4a',
    good: '#46c98c',
    warn: '#e8b04b',
    warnSoft: '#332810',
    bad: '#ff8585',
    badSoft: '#3a1b1e',
    calm: '#a7b3c7',
    focus: '#9dbcff',
  },
};

/** Series of charts: told apart by every common kind of colour vision, in this order (after Okabe and Ito). */
export const SERIES: Readonly<Record<'light' | 'dark', readonly [string, string, string]>> = {
  light: ['#0068a8', '#c2560c', '#00795a'],
  dark: ['#5cb8f2', '#f0a04b', '#3fc59b'],
};
