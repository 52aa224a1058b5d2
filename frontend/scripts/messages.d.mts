export interface Texts {
  modules: Record<string, string>;
  catalogues: Record<string, Record<string, string>>;
}
export function problemsOf(texts: Texts): string[];
