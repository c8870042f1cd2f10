// What the server knows of the kernels of open files: `ttlang/engine/facts/kernel_facts.py`, as JSON.

import { EventEmitter, Position, Uri } from "vscode";

/** Lines and characters from 0, in the encoding of the connection; the end is exclusive. */
export interface Place {
  file: string;
  line: number;
  character: number;
  end_line: number;
  end_character: number;
}

export interface LineCost {
  thread: string;
  place: Place;
  cycles: number;
  share: number;
  work: Record<string, number>;
}

export interface Kernel {
  name: string;
  place: Place;
  costs: { cycles: number; microseconds: number; lines: LineCost[] } | null;
}

const known = new Map<string, Kernel[]>();
const changed = new EventEmitter<Uri>();

/** Fires with the file whose facts have come. */
export const onFacts = changed.event;

/** Keeps what the server says of a file, in place of what it said before. */
export function keepFacts(of: { uri: string; kernels: Kernel[] }): void {
  const uri = Uri.parse(of.uri);
  known.set(uri.toString(), of.kernels);
  changed.fire(uri);
}

/** The kernels of a file; none while they are not known. */
export function kernelsOf(uri: Uri): Kernel[] {
  return known.get(uri.toString()) ?? [];
}

/** The kernel at a position; else the first, where there is one. */
export function kernelAt(uri: Uri, position: Position): Kernel | undefined {
  const kernels = kernelsOf(uri);
  return kernels.find(({ place }) => place.line <= position.line && position.line <= place.end_line) ?? kernels[0];
}
