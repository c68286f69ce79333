import { theme, type ThemeConfig } from 'antd';
import { PALETTES } from './palette.js';

export const FONT =
  'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';

/** antd in the console's own colours and sizes. */
export function antdTheme(shown: 'light' | 'dark'): ThemeConfig {
  const palette = PALETTES[shown];
  return {
    algorithm: shown === 'dark' ? theme.darkAlgorithm : theme.defaultAlgorithm,
    token: {
      fontFamily: FONT,
      fontSize: 14,
      borderRadius: 6,
      controlHeight: 34,
      colorPrimary: palette.accent,
      colorLink: palette.accent,
      colorSuccess: palette.good,
      colorWarning: palette.warn,
      colorError: palette.bad,
      colorBgLayout: palette.ground,
      colorBgContainer: palette.surface,
      colorBgElevated: palette.surface,
      colorBorder: palette.lineStrong,
      colorBorderSecondary: palette.line,
      colorText: palette.text,
      colorTextSecondary: palette.quiet,
      colorTextTertiary: palette.quiet,
      colorTextDescription: palette.quiet,
      colorTextPlaceholder: palette.quiet,
      colorTextDisabled: shown === 'dark' ? '#7c8796' : '#6f7888',
      // Text on a primary button: the dark theme's accent is light.
      colorTextLightSolid: shown === 'dark' ? '#0b1020' : '#ffffff',
      boxShadow: '0 8px 24px rgb(0 0 0 / 14%)',
      boxShadowSecondary: '0 8px 24px rgb(0 0 0 / 16%)',
      // Without motion an element that leaves is gone at once; it does not wait for the end of a transition that never runs.
      motion: !matchMedia('(prefers-reduced-motion: reduce)').matches,
      motionDurationMid: '0.12s',
      motionDurationSlow: '0.16s',
    },
    components: {
      Button: { primaryShadow: 'none', defaultShadow: 'none', dangerShadow: 'none', fontWeight: 500 },
      Tooltip: { colorBgSpotlight: shown === 'dark' ? '#2c3542' : '#1d2430', colorTextLightSolid: '#ffffff' },
    },
  };
}
