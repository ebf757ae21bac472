import { encodeUnsigned, encodeVector, type WasmFunction } from "./wasm_function.ts";

/** What is used of the JavaScript interface of WebAssembly; the type definitions of Node do not have it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Record<string, unknown> };
};

/** Functions that are compiled, and the memory that they work on. */
export interface WasmModule<Name extends string> {
  readonly functions: Readonly<Record<Name, (...operands: number[]) => void>>;
  /** Of fixed size, so it is never detached. */
  readonly memory: ArrayBuffer;
}

/** Bytes of a page of memory (core specification, 2.5.5). */
const pageBytes = 65_536;

/**
 * Compiles functions to one module with a memory of its own (core specification, 5.5).
 *
 * @param memoryBytes what is never touched costs address space only
 */
export function buildWasmModule<Name extends string>(
  functions: Readonly<Record<Name, WasmFunction>>,
  memoryBytes: number,
): WasmModule<Name> {
  const names = Object.keys(functions) as Name[];
  const bodies = names.map((name) => functions[name]);
  const pages = encodeUnsigned(Math.ceil(memoryBytes / pageBytes));
  const exported = names.map((name, number) => [...encodeName(name), 0x00, ...encodeUnsigned(number)]);
  const bytes = [
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...encodeSection(1, encodeVector(bodies.map((body) => body.encodeType()))),
    ...encodeSection(3, encodeVector(bodies.map((_, number) => encodeUnsigned(number)))),
    // As many pages at most as at least.
    ...encodeSection(5, encodeVector([[0x01, ...pages, ...pages]])),
    ...encodeSection(7, encodeVector([...exported, [...encodeName("memory"), 0x02, 0x00]])),
    ...encodeSection(10, encodeVector(bodies.map((body) => body.encodeBody()))),
  ];
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(bytes)));
  const { memory } = exports as { readonly memory: { readonly buffer: ArrayBuffer } };
  return { functions: exports as WasmModule<Name>["functions"], memory: memory.buffer };
}

function encodeSection(number: number, content: readonly number[]): number[] {
  return [number, ...encodeUnsigned(content.length), ...content];
}

function encodeName(name: string): number[] {
  return [...encodeUnsigned(name.length), ...Buffer.from(name, "latin1")];
}
