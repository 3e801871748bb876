/** Why a request to a node brought no answer that can be used. */
export type PlugwiseErrorCode =
  /** The port is not open, or the stick is not initialised. */
  | 'not-ready'
  /** The stick did not even accept the request. */
  | 'stick-silent'
  /** The stick refused the request again and again (C2, C3). */
  | 'stick-refused'
  /** The stick gave the node up (E1), or it was waited for in vain. */
  | 'node-silent'
  /** The node said no. */
  | 'node-refused'
  /** An answer came whose fields cannot be. */
  | 'damaged';

/** A request that failed; the message names it and its node. */
export class PlugwiseError extends Error {
  override readonly name = 'PlugwiseError';
  constructor(
    readonly code: PlugwiseErrorCode,
    message: string,
  ) {
    super(message);
  }
}
