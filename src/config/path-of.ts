/** Turns the path of an option or entry, as it was written, into an absolute one. */
export type PathOf = (path: string, option?: string) => string;
