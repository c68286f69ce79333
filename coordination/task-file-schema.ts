import { z } from 'zod';
import { taskSpecSchema } from './schema/task-spec.js';

/** What this program reads of a JSON schema. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly minLength?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

/** The task file's JSON schema, as a person writes it: what has a default may be left out. */
export const taskFileSchema = z.toJSONSchema(taskSpecSchema, { io: 'input' }) as JsonSchema;

/** The keys that may stand at a path. */
export function keysAt(path: readonly PropertyKey[]): string[] {
  let places: JsonSchema[] = [taskFileSchema];
  for (const key of path) {
    places = places.flatMap(alternatives).flatMap((place) => {
      const inner = typeof key === 'number' ? place.items : place.properties?.[String(key)];
      return inner === undefined ? [] : [inner];
    });
  }
  return [...new Set(places.flatMap(alternatives).flatMap((place) => Object.keys(place.properties ?? {})))];
}

/** The paths below which a key of this name belongs. */
export function placesOf(key: string, schema: JsonSchema = taskFileSchema, at = ''): string[] {
  return alternatives(schema).flatMap((place) =>
    Object.entries(place.properties ?? {}).flatMap(([name, inner]) => {
      const path = at === '' ? name : `${at}.${name}`;
      return [...(name === key ? [path] : []), ...placesOf(key, inner, path)];
    }),
  );
}

export function alternatives(schema: JsonSchema): readonly JsonSchema[] {
  return schema.anyOf?.flatMap(alternatives) ?? [schema];
}
