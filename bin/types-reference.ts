/** Writes docs/types.md: `npm run build && node dist/bin/types-reference.js`. */
import { writeFileSync } from 'node:fs';
import { typesReference } from '../core/source/types-reference.js';

writeFileSync(new URL('../../docs/types.md', import.meta.url), typesReference());
