import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

const post: MantineColorsTuple = [
  '#eef2ff',
  '#dbe3fd',
  '#b7c5f8',
  '#90a5f3',
  '#6f88ee',
  '#5a76eb',
  '#4f6cea',
  '#3f5bd8',
  '#3550c2',
  '#2a43a8',
];

/** Mantine's dark greys, turned a little to blue so that they suit the ground. */
const dark: MantineColorsTuple = [
  '#e3e5e8',
  '#c3c7cd',
  '#a0a6ae',
  '#7c828b',
  '#43474f',
  '#363a41',
  '#26292f',
  '#1b1d21',
  '#141518',
  '#0f1012',
];

const mono = 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace';
const sans =
  'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", sans-serif, "Noto Color Emoji"';

export const theme = createTheme({
  primaryColor: 'post',
  primaryShade: 7,
  colors: { post, dark },
  fontFamily: sans,
  fontFamilyMonospace: mono,
  headings: {
    fontFamily: sans,
    fontWeight: '650',
    sizes: {
      h1: { fontSize: '1.5rem', lineHeight: '1.3' },
      h2: { fontSize: '1.125rem', lineHeight: '1.4' },
      h3: { fontSize: '1rem', lineHeight: '1.4' },
    },
  },
  defaultRadius: 'md',
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    Paper: { defaultProps: { radius: 'lg' } },
    Card: { defaultProps: { radius: 'lg', withBorder: true } },
    Modal: {
      defaultProps: {
        radius: 'lg',
        centered: true,
        closeButtonProps: { 'aria-label': 'Close' },
        overlayProps: { backgroundOpacity: 0.4 },
      },
    },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: true } },
    // Its placeholder for the first focus is no item, which a menu may not hold; without it the first item is focused.
    Menu: { defaultProps: { shadow: 'md', radius: 'md', withInitialFocusPlaceholder: false } },
    Anchor: { defaultProps: { underline: 'always' } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray' } },
  },
});

/** Mantine's own dimmed grey misses the contrast that WCAG AA asks for, on both grounds. */
export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#59616a',
    '--mantine-color-body': '#ffffff',
    '--mantine-color-placeholder': '#6b737c',
    '--pr-ground': '#f6f7f9',
    '--pr-line': '#e3e6ea',
  },
  dark: {
    '--mantine-color-dimmed': '#a9aeb6',
    '--mantine-color-body': '#1b1d21',
    '--mantine-color-anchor': '#9fb1f6',
    '--mantine-color-placeholder': '#8f959d',
    '--pr-ground': '#141518',
    '--pr-line': '#31343a',
  },
});
