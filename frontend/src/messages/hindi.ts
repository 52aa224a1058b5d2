const files = import.meta.glob<Record<string, string>>('./hi/*.json', { eager: true, import: 'default' });

/** Every Hindi text by its English one. */
export const hindi: Record<string, string> = Object.assign({}, ...Object.values(files));
