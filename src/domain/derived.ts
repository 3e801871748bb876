/** A device whose power is computed from other devices: a sum of circuits, the mains less its plugs. */
export interface DerivedDevice {
  readonly id: string;
  readonly name: string;
  /** At least one; each with the sign with which it counts. */
  readonly terms: readonly DerivedTerm[];
  /** The device at whose moments of measurement the value is computed: the minuend, or the first of a sum. */
  readonly reference: string;
  readonly tolerance: AlignmentTolerance;
}

export interface DerivedTerm {
  readonly deviceId: string;
  readonly sign: 1 | -1;
}

/** How far a value may be uncertain, because its terms were not measured at one moment; beyond it there is none. */
export interface AlignmentTolerance {
  /** Per cent of the reference's power. */
  readonly percent: number;
  /** W; the larger of the two counts. */
  readonly absoluteW: number;
}
