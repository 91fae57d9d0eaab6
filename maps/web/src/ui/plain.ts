/** Text of strangers made harmless to read: what would turn, hide or break a line is shown as a sign. Pure. */

// Overrides and isolates of writing direction, marks without width, and control characters other than tab and line feed.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;
const UNSEEN_ONE = new RegExp(UNSEEN.source);
const SIGN = "\u2423"; // an open box

/** The same text, with a visible sign for each character that shows nothing and may mislead. */
export const plain = (text: string): string => (UNSEEN_ONE.test(text) ? text.replace(UNSEEN, SIGN) : text);

/** At most so many characters, never half of one, with a sign that there is more. */
export function clipped(text: string, most: number): string {
  if (text.length <= most) return text;
  const cut = text.slice(0, most - 1);
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}
