import type { Channel } from '../../coordination/schema/alert-config.js';
import { AddressGuard } from './address-guard.js';
import { alertmanagerCall } from './alertmanager.js';
import { dingtalkCall, feishuCall, slackCall, wecomCall } from './chats.js';
import { post } from './http-post.js';
import type { HttpCall, Message, Outcome } from './message.js';
import { pagerdutyCall } from './pagerduty.js';
import { webhookCall } from './webhook.js';

/** Reads the secret that a reference (`env:…`, `file:…`) names. @throws when it cannot */
export type ResolveSecret = (reference: string) => Promise<string>;

export type Send = (
  channel: Channel,
  message: Message,
  allow: readonly string[],
  signal: AbortSignal,
) => Promise<Outcome>;

/** Makes the function that sends a message to any channel. It does not throw; secrets are read anew for each message. */
export function newSend(resolveSecret: ResolveSecret): Send {
  return async (channel, message, allow, signal) => {
    const guard = new AddressGuard(allow);
    try {
      if (channel.type === 'smtp') {
        // Loaded here, so that a Monitor without mail does without its library.
        const { sendMail } = await import('./smtp.js');
        return await sendMail(channel, message, await optional(channel.password, resolveSecret), guard);
      }
      return await post(await callOf(channel, message, resolveSecret), guard, signal);
    } catch (error) {
      return {
        ok: false,
        certain: true,
        detail: (error instanceof Error ? error.message : String(error)).slice(0, 250),
      };
    }
  };
}

/** Calls an address without content to speak of, for the dead man's switch. Does not throw. */
export async function callAddress(
  url: string,
  body: object,
  options: { readonly resolveSecret: ResolveSecret; readonly allow: readonly string[]; readonly signal: AbortSignal },
): Promise<Outcome> {
  try {
    const call = {
      url: await addressOf(url, options.resolveSecret),
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    };
    return await post(call, new AddressGuard(options.allow), options.signal);
  } catch (error) {
    return { ok: false, certain: true, detail: error instanceof Error ? error.message : String(error) };
  }
}

type HttpChannel = Exclude<Channel, { type: 'smtp' }>;

async function callOf(channel: HttpChannel, message: Message, resolveSecret: ResolveSecret): Promise<HttpCall> {
  const url = await addressOf(channel.url, resolveSecret);
  switch (channel.type) {
    case 'webhook':
      return webhookCall(url, message, await optional(channel.secret, resolveSecret));
    case 'alertmanager': {
      const { user, password } = channel;
      const signIn =
        user === undefined ? undefined : { user, password: (await optional(password, resolveSecret)) ?? '' };
      return alertmanagerCall(url, message, signIn);
    }
    case 'slack':
      return slackCall(url, message);
    case 'dingtalk':
      return dingtalkCall(url, message, await optional(channel.secret, resolveSecret), channel.mobiles);
    case 'wecom':
      return wecomCall(url, message);
    case 'feishu':
      return feishuCall(url, message, await optional(channel.secret, resolveSecret));
    case 'pagerduty':
      return pagerdutyCall(url, message, await resolveSecret(channel.routingKey));
  }
}

async function addressOf(url: string, resolveSecret: ResolveSecret): Promise<string> {
  return /^https?:\/\//.test(url) ? url : resolveSecret(url);
}

async function optional(reference: string | undefined, resolveSecret: ResolveSecret): Promise<string | undefined> {
  return reference === undefined ? undefined : resolveSecret(reference);
}
