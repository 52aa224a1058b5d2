import { z } from 'zod';

// zod compiles parsers with `new Function` by default; the desk's content policy forbids evaluation.
z.config({ jitless: true });

export { z };
