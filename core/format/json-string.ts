// What JSON must escape, and surrogates: a lone one has no UTF-8, and only JSON.stringify tells it from a pair.
const SPECIAL = /["\\\u0000-\u001f\ud800-\udfff]/;
const SHORT = 16;

/** The text as a JSON string. A lone surrogate (UCS-2 columns may hold one) is kept as its `\uXXXX` escape. */
export function jsonString(text: string): string {
  const { length } = text;
  if (length > SHORT) return SPECIAL.test(text) ? JSON.stringify(text) : `"${text}"`;
  // Looking at a few characters is cheaper than calling the regular expression engine.
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code === 0x22 || code === 0x5c || (code >= 0xd800 && code <= 0xdfff))
      return JSON.stringify(text);
  }
  return `"${text}"`;
}
