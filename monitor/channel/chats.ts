import { createHmac } from 'node:crypto';
import type { HttpCall, Message } from './message.js';
import { colourOf, cutBytes, LABELS, markdownOf, partsOf, titleOf } from './rendering.js';

/** So much of an alert fits into a chat message that people still read. */
const SHOWN = 10;
const TASKS_SHOWN = 30;
const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8' };

/** Slack's incoming webhook: blocks in a coloured attachment, `text` for notifications. Answers `ok`. */
export function slackCall(url: string, message: Message): HttpCall {
  const { parts, left } = partsOf(message, SHOWN, TASKS_SHOWN);
  const labels = LABELS[message.language];
  const blocks: object[] = parts.map(({ heading, lines, link }) => {
    const body = lines.map(([label, text]) => (label === '' ? slackText(text) : `*${label}* ${slackText(text)}`));
    if (link !== undefined) body.push(`<${link}|${labels.console}>`);
    // Slack takes 3,000 characters in one section.
    return {
      type: 'section',
      text: { type: 'mrkdwn', text: [`*${slackText(heading)}*`, ...body].join('\n').slice(0, 2_900) },
    };
  });
  const notes = [
    ...(left > 0 ? [labels.more(left)] : []),
    ...(message.mayRepeat ? [`${labels.mayRepeat}: ${message.key}`] : []),
  ];
  if (notes.length > 0) blocks.push({ type: 'context', elements: [{ type: 'mrkdwn', text: notes.join(' · ') }] });
  const body = { text: slackText(titleOf(message)), attachments: [{ color: colourOf(message), blocks }] };
  return { url, headers: JSON_HEADERS, body: JSON.stringify(body) };
}

/** Slack reads these three as its own. */
function slackText(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/**
 * DingTalk's group robot: markdown; the request is signed by `timestamp` and `sign` in the address, base64 of the HMAC-SHA256 with the
 * secret of `timestamp\nsecret`. Answers 200 with `errcode`.
 */
export function dingtalkCall(
  url: string,
  message: Message,
  secret: string | undefined,
  mobiles: readonly string[],
): HttpCall {
  const address = new URL(url);
  if (secret !== undefined) {
    const sign = createHmac('sha256', secret).update(`${message.at}\n${secret}`).digest('base64');
    address.searchParams.set('timestamp', String(message.at));
    address.searchParams.set('sign', sign);
  }
  const mentions = mobiles.map((mobile) => `@${mobile}`).join(' ');
  const text = cutBytes(`${markdownOf(message, SHOWN, TASKS_SHOWN)}\n\n${mentions}`, 18_000);
  const body = {
    msgtype: 'markdown',
    markdown: { title: titleOf(message).slice(0, 200), text },
    at: { atMobiles: mobiles, isAtAll: false },
  };
  return { url: address.href, headers: JSON_HEADERS, body: JSON.stringify(body), refused: errcode };
}

/** WeCom's group robot: markdown of at most 4,096 bytes. Answers 200 with `errcode`. */
export function wecomCall(url: string, message: Message): HttpCall {
  const content = cutBytes(markdownOf(message, SHOWN, TASKS_SHOWN), 4_000);
  return {
    url,
    headers: JSON_HEADERS,
    body: JSON.stringify({ msgtype: 'markdown', markdown: { content } }),
    refused: errcode,
  };
}

/**
 * Feishu's custom bot: an interactive card. Signed by `timestamp` (seconds) and `sign`: base64 of the HMAC-SHA256 of nothing, with
 * `timestamp\nsecret` as its key. Answers 200 with `code`.
 */
export function feishuCall(url: string, message: Message, secret: string | undefined): HttpCall {
  const seconds = String(Math.floor(message.at / 1_000));
  const sign =
    secret === undefined ? undefined : createHmac('sha256', `${seconds}\n${secret}`).update('').digest('base64');
  const template = message.kind === 'resolved' ? 'green' : (TEMPLATES[message.alerts[0]?.severity ?? 'info'] ?? 'blue');
  const body = {
    ...(sign !== undefined && { timestamp: seconds, sign }),
    msg_type: 'interactive',
    card: {
      config: { wide_screen_mode: true },
      header: { template, title: { tag: 'plain_text', content: titleOf(message).slice(0, 300) } },
      elements: [{ tag: 'markdown', content: cutBytes(markdownOf(message, SHOWN, TASKS_SHOWN), 18_000) }],
    },
  };
  return { url, headers: JSON_HEADERS, body: JSON.stringify(body), refused: feishuCode };
}

const TEMPLATES: Readonly<Record<string, string>> = { info: 'blue', warning: 'orange', critical: 'red' };

function errcode(body: string): string | undefined {
  return codeIn(
    body,
    (answer) => answer['errcode'],
    (answer) => answer['errmsg'],
  );
}

function feishuCode(body: string): string | undefined {
  return codeIn(
    body,
    (answer) => answer['code'] ?? answer['StatusCode'],
    (answer) => answer['msg'] ?? answer['StatusMessage'],
  );
}

type Answer = Readonly<Record<string, unknown>>;

function codeIn(
  body: string,
  code: (answer: Answer) => unknown,
  text: (answer: Answer) => unknown,
): string | undefined {
  try {
    const answer = JSON.parse(body) as Answer;
    const value = code(answer);
    return value === 0 ? undefined : `refused with ${String(value)}: ${String(text(answer)).slice(0, 200)}`;
  } catch {
    return 'answered something that is not JSON';
  }
}
