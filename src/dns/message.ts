// Messages of the domain name system: RFC 1035 §4, EDNS of RFC 6891, AAAA of RFC 3596.
import { Address } from "../lang/address.ts";
import { nameBytes, readName, writeName } from "./name.ts";

/** Types of records that are asked for or followed. */
export const recordType = { a: 1, cname: 5, aaaa: 28, opt: 41 } as const;

export type AddressType = typeof recordType.a | typeof recordType.aaaa;

/** What is asked. */
export interface Question {
  /** As `normalName` gives it. */
  readonly name: string;
  readonly type: number;
}

export type AnswerRecord =
  | { readonly kind: "address"; readonly owner: string; readonly address: Address }
  /** The owner's real name is another one. */
  | { readonly kind: "alias"; readonly owner: string; readonly target: string };

export interface Response {
  readonly id: number;
  readonly isTruncated: boolean;
  /** RFC 1035 §4.1.1. */
  readonly code: number;
  readonly question: Question;
  /** Records of other types are left out. */
  readonly answers: readonly AnswerRecord[];
  /** Those left out included. */
  readonly answerCount: number;
}

const internet = 1;
const headerBytes = 12;
const optBytes = 11;
const flag = { response: 0x8000, truncated: 0x0200, recursionDesired: 0x0100 } as const;
const opcodeBits = 0x7800;
const codeBits = 0x000f;

/** @param payloadBytesMax how large an answer over UDP may be, which the query announces */
export function writeQuery(id: number, question: Question, payloadBytesMax: number): Uint8Array {
  const bytes = new Uint8Array(headerBytes + nameBytes(question.name) + 4 + optBytes);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, id);
  view.setUint16(2, flag.recursionDesired);
  // One question, and one additional record.
  view.setUint16(4, 1);
  view.setUint16(10, 1);
  let at = writeName(question.name, bytes, headerBytes);
  view.setUint16(at, question.type);
  view.setUint16(at + 2, internet);
  // The root's name is the zero that is there already.
  at += 5;
  view.setUint16(at, recordType.opt);
  view.setUint16(at + 2, payloadBytesMax);
  return bytes;
}

/** The identity of a message; undefined when it is too short to have one. */
export function messageId(bytes: Uint8Array): number | undefined {
  return bytes.length < headerBytes ? undefined : bytes[0]! * 256 + bytes[1]!;
}

/** Reads a response to one question; undefined for whatever is none, or is broken. */
export function readResponse(bytes: Uint8Array): Response | undefined {
  if (bytes.length < headerBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint16(2);
  if ((flags & flag.response) === 0 || (flags & opcodeBits) !== 0) return undefined;
  if (view.getUint16(4) !== 1) return undefined;
  const asked = readName(bytes, headerBytes);
  if (!asked || asked.next + 4 > bytes.length) return undefined;
  if (view.getUint16(asked.next + 2) !== internet) return undefined;
  const isTruncated = (flags & flag.truncated) !== 0;
  const answerCount = view.getUint16(6);
  // What is left of a truncated message may end anywhere, and is not used.
  const answers = isTruncated ? [] : readAnswers(bytes, view, asked.next + 4, answerCount);
  return answers && {
    id: view.getUint16(0),
    isTruncated,
    code: flags & codeBits,
    question: { name: asked.name, type: view.getUint16(asked.next) },
    answers,
    answerCount,
  };
}

/** A record takes at least eleven bytes: the message bounds how many there are. */
function readAnswers(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  count: number,
): AnswerRecord[] | undefined {
  const answers: AnswerRecord[] = [];
  let at = start;
  for (let i = 0; i < count; i++) {
    const owner = readName(bytes, at);
    if (!owner || owner.next + 10 > bytes.length) return undefined;
    const data = owner.next + 10;
    const size = view.getUint16(owner.next + 8);
    at = data + size;
    if (at > bytes.length) return undefined;
    if (view.getUint16(owner.next + 2) !== internet) continue;
    const type = view.getUint16(owner.next);
    if (type === recordType.cname) {
      const target = readName(bytes, data);
      if (!target || target.next !== at) return undefined;
      answers.push({ kind: "alias", owner: owner.name, target: target.name });
    } else if (type === recordType.a || type === recordType.aaaa) {
      const address = readAddress(view, data, size, type);
      if (!address) return undefined;
      answers.push({ kind: "address", owner: owner.name, address });
    }
  }
  return answers;
}

function readAddress(
  view: DataView,
  at: number,
  size: number,
  type: AddressType,
): Address | undefined {
  const word = (i: number) => view.getUint32(at + 4 * i);
  if (type === recordType.a) return size === 4 ? Address.v4(word(0)) : undefined;
  return size === 16 ? Address.v6(word(0), word(1), word(2), word(3)) : undefined;
}
