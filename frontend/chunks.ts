// How the desk's modules are packed. A browser pays for each file beside its size (a request, a module record, a
// preload): with a hundred small ones that was a third of the time to the first figure.

interface Look {
  getModuleInfo(id: string): { importedIds: string[]; dynamicallyImportedIds: string[] } | null;
}

/** A module that so many pages use comes with the first of them. */
const OFTEN = 6;
/** Doors of libraries that name all they have; following them would take in what nobody uses. */
const DOOR = /node_modules[\\/](radix-ui|lucide-react)[\\/]/;
/** Icons, and everything behind menus, dialogs and pickers. */
const AROUND =
  /node_modules[\\/](lucide-react|@radix-ui|@floating-ui|aria-hidden|react-remove-scroll|react-remove-scroll-bar|react-style-singleton|use-callback-ref|use-sidecar|get-nonce|tslib|cmdk)[\\/]/;

function reached(from: string, look: Look, seen = new Set<string>()): Set<string> {
  if (seen.has(from) || DOOR.test(from)) return seen;
  seen.add(from);
  for (const next of look.getModuleInfo(from)?.importedIds ?? []) reached(next, look, seen);
  return seen;
}

function plan(source: string, look: Look): Map<string, string> {
  const pages = look.getModuleInfo(`${source}/app/router.tsx`)?.dynamicallyImportedIds ?? [];
  const layout = pages.find((id) => id.endsWith('/desk-layout.tsx'));
  if (!layout) throw new Error('src/app/router.tsx does not import the layout of the desk');
  const login = pages.find((id) => id.endsWith('/login.tsx'));
  const planned = new Map<string, string>();
  const uses = new Map<string, number>();
  for (const page of pages) for (const id of reached(page, look)) uses.set(id, (uses.get(id) ?? 0) + 1);
  for (const [id, count] of uses) if (count >= OFTEN) planned.set(id, 'books');
  for (const id of reached(layout, look)) planned.set(id, 'desk');
  // The first page of all does not wait for what stands behind it.
  if (login) for (const id of reached(login, look)) planned.set(id, 'forms');
  return planned;
}

/** Names the chunk of a module beyond the first ones: what stands around every page, and what many pages share. */
export function chunkNames(source: string): (id: string, look: Look) => string | null {
  let names: Map<string, string> | null = null;
  return (id, look) => {
    names ??= plan(source, look);
    return names.get(id) ?? (AROUND.test(id) ? 'desk' : null);
  };
}
