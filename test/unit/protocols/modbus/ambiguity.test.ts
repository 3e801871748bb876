import { describe, expect, it } from 'vitest';
import {
  createAmbiguity,
  DUPLICATE_WINDOW_MS,
  LATE_WINDOW_MS,
  OVERTAKEN_WINDOW_MS,
} from '../../../../src/protocols/modbus/ambiguity.ts';
import { expecting, inputRead, read } from './reference-frames.ts';

const a = inputRead(0, 2);
const b = inputRead(500, 2);
const fence = inputRead(0, 1);
const holding = read({ unitId: 1, table: 'holding', address: 0, count: 2 });
const look = expecting('rtu', a);

describe('ambiguity', () => {
  it('is nowhere at the begin', () => {
    const ambiguity = createAmbiguity();
    expect(ambiguity.clearAt(a)).toBeLessThanOrEqual(0);
    expect(ambiguity.isRefusalClear(a, 0)).toBe(true);
    expect(ambiguity.unansweredOf(1)).toEqual([]);
  });

  it('is with requests of the same shape while a late answer may come', () => {
    const ambiguity = createAmbiguity();
    ambiguity.noteUnanswered(a, look, 100, 400);
    expect(ambiguity.clearAt(b)).toBe(400 + LATE_WINDOW_MS);
    expect(ambiguity.clearAt(fence)).toBe(0);
    expect(ambiguity.clearAt(holding)).toBe(0);
    expect(ambiguity.clearAt(inputRead(0, 2, 2))).toBe(0);
  });

  it('of a late answer ends with the answer of another request, or with the late answer itself', () => {
    const answered = createAmbiguity();
    answered.noteUnanswered(a, look, 100, 400);
    answered.noteAnswered(fence, 450);
    expect(answered.clearAt(b)).toBe(0);
    const late = createAmbiguity();
    late.noteUnanswered(a, look, 100, 400);
    for (const each of late.unansweredOf(1)) late.noteLate(each, 500);
    expect(late.clearAt(b)).toBe(500 + DUPLICATE_WINDOW_MS);
  });

  it('of a second copy ends sooner with the answer of another request where the order is kept', () => {
    for (const [keepsOrder, windowMs] of [
      [true, OVERTAKEN_WINDOW_MS],
      [false, DUPLICATE_WINDOW_MS],
    ] as const) {
      const ambiguity = createAmbiguity(keepsOrder);
      ambiguity.noteAnswered(a, 100);
      expect(ambiguity.clearAt(b)).toBe(100 + DUPLICATE_WINDOW_MS);
      ambiguity.noteAnswered(fence, 150);
      expect(ambiguity.clearAt(b)).toBe(100 + windowMs);
    }
  });

  it('of a late answer does not end with another answer where the order is not kept', () => {
    const ambiguity = createAmbiguity(false);
    ambiguity.noteUnanswered(a, look, 100, 400);
    ambiguity.noteAnswered(fence, 450);
    expect(ambiguity.clearAt(b)).toBe(400 + LATE_WINDOW_MS);
    ambiguity.noteAnswered(a, 500);
    expect(ambiguity.unansweredOf(1)).toEqual([]);
  });

  it('of a refusal is with every request of its function, and with no other', () => {
    const ambiguity = createAmbiguity();
    ambiguity.noteRefused(a, 100);
    expect(ambiguity.clearAt(fence)).toBe(100 + DUPLICATE_WINDOW_MS);
    expect(ambiguity.clearAt(holding)).toBe(0);
  });

  it('makes refusals unclear while a request of the same function is unanswered', () => {
    const ambiguity = createAmbiguity();
    ambiguity.noteUnanswered(a, look, 100, 400);
    expect(ambiguity.isRefusalClear(fence, 500)).toBe(false);
    expect(ambiguity.isRefusalClear(holding, 500)).toBe(true);
    expect(ambiguity.isRefusalClear(fence, 400 + LATE_WINDOW_MS)).toBe(true);
    // A refusal proves nothing about the order.
    ambiguity.noteRefused(fence, 450);
    expect(ambiguity.unansweredOf(1)).toHaveLength(1);
  });

  it('does not grow with a unit that never answers', () => {
    const ambiguity = createAmbiguity();
    for (let at = 0; at < 1_000_000; at += 5000) ambiguity.noteUnanswered(a, look, at, at + 300);
    expect(ambiguity.unansweredOf(1).length).toBe(1);
  });
});
