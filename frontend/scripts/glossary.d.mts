export interface Term {
  hindi: string | readonly string[];
  never?: readonly string[];
  free?: readonly string[];
}
export function termProblems(
  catalogues: Record<string, Record<string, string>>,
  glossary: Record<string, Term>,
): string[];
