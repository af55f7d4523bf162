/** What a request asks of its server, in its target. */
export interface Wish {
  /** Whose bytes come up and go down, see byte_pattern.ts; also the seed of how the server answers. */
  readonly stream: number;
  readonly answerBytes: number;
  readonly framing: Framing;
  /** Pauses between the pieces of its answer. */
  readonly pace: "at once" | "slow";
  readonly behaviour: Behaviour;
  /** Bytes of the answer's body after which a server breaks off. */
  readonly cutAfter: number;
}

export type Framing = "length" | "chunked" | "close";

/**
 * Reads the request, then answers it; answers first; says nothing; breaks off before its answer, or
 * within it by an end or by a reset.
 */
export type Behaviour = "answers" | "answers early" | "stalls" | "leaves" | "ends" | "resets";

/** @param backend the first word of the path, by which the gateway chooses */
export function targetOf(backend: string, wish: Wish): string {
  return `/${backend}?${new URLSearchParams(Object.entries(wish).map(([k, v]) => [k, `${v}`]))}`;
}

export function wishOf(target: string): Wish {
  const said = new URLSearchParams(target.slice(target.indexOf("?") + 1));
  return {
    stream: Number(said.get("stream")),
    answerBytes: Number(said.get("answerBytes")),
    framing: said.get("framing") as Framing,
    pace: said.get("pace") as Wish["pace"],
    behaviour: said.get("behaviour") as Behaviour,
    cutAfter: Number(said.get("cutAfter")),
  };
}
