import { nativeWay } from './native/way.js';
import { whyNotNative } from './native/machine.js';
import type { Way, WayContext } from './way.js';

/** The way the environment asks for; `auto` goes the native way where the machine can, else takes its container engine. */
export async function chooseWay(context: WayContext): Promise<Way> {
  const { way } = context.environment;
  const notNative = way === 'engine' ? undefined : await whyNotNative();
  if (way !== 'engine' && notNative === undefined) return nativeWay(context);
  if (way === 'native') throw new Error(`The stack cannot run natively: ${notNative}`);
  const { engineWay, whyNoEngine } = await import('./engine/way.js'); // testcontainers takes its time to load
  const noEngine = await whyNoEngine();
  if (noEngine === undefined) return engineWay(context);
  const native = notNative === undefined ? '' : `, and not natively either: ${notNative}`;
  throw new Error(`The stack needs a container engine that answers (${noEngine})${native}`);
}
