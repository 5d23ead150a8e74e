/**
 * Keeps what users and clients wrote from steering a terminal or faking a log line: control characters become
 * visible escapes. Works on the finished JSON line, so no field is forgotten.
 */

// JSON escapes C0 controls only; DEL, C1 controls and the two Unicode line ends it leaves as they are.
const UNESCAPED = /[\u007f-\u009f\u2028\u2029]/
const UNESCAPED_ALL = /[\u007f-\u009f\u2028\u2029]/g

/** For NDJSON: one record stays one line of printable characters. */
export function escapeJsonLine(line: string): string {
  return UNESCAPED.test(line) ? line.replaceAll(UNESCAPED_ALL, codePoint) : line
}

// An escaped backslash is consumed first: in `\\u001b` the backslash belongs to the text, not to an escape.
const ESCAPED_CONTROL = /\\\\|\\u(?:00[01][0-9a-f]|007f|00[89][0-9a-f]|202[89])|\\[bfr]/g
// Every "msg", not the first alone: a field's object may have one, too, and comes before the record's own.
const MESSAGES = /("msg":")((?:[^"\\]|\\.)*)"/g
const ESCAPED_LINE_END = /\\\\|\\n/g

/** For the pretty printer, which parses the line and prints what the escapes stood for: they are doubled. */
export function escapePretty(line: string): string {
  return escapeJsonLine(line)
    .replaceAll(ESCAPED_CONTROL, double)
    .replaceAll(
      MESSAGES,
      (_, key: string, text: string) => `${key}${text.replaceAll(ESCAPED_LINE_END, double)}"`,
    )
}

function double(escape: string): string {
  return escape === '\\\\' ? escape : `\\${escape}`
}

function codePoint(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
