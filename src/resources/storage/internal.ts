// Entries of the product's own: callers neither see nor set them (tools leave them alone by themselves).

export const isInternal = (key: string): boolean => /^(__everruns_|[a-z0-9]+_internal:)/.test(key)
