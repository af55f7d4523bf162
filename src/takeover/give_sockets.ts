import { setImmediate } from "node:timers";
import { messageFdsMax } from "../../ffi/mod.ts";
import type { ChannelFailure, ControlChannel, Heard } from "./control_channel.ts";
import { brokenDescriptors, type FdCourier, type Sending } from "./fd_courier.ts";
import type { GivenListener, Predecessor } from "./hand_over.ts";
import type { TakeoverLimits } from "./limits.ts";

/** Gives every listening socket, as many at once as a message carries. */
export async function giveListeners(
  channel: ControlChannel,
  courier: FdCourier,
  all: readonly GivenListener[],
  limits: TakeoverLimits,
): Promise<ChannelFailure | undefined> {
  for (let at = 0, batch = 1; at < all.length; at += messageFdsMax, batch++) {
    const some = all.slice(at, at + messageFdsMax);
    const sent = await sendInTime(channel, courier, batch, some.map(({ fd }) => fd), limits);
    if (sent.kind !== "sent") return brokenDescriptors(sent.why);
    const listeners = some.map(({ fd: _, ...told }) => told);
    channel.say("listeners", { batch, listeners }, undefined, some.length);
    const took = await channel.hear("took", limits.answerMs);
    if (took.kind === "failed") return took.failure;
  }
  return undefined;
}

/** Others' descriptors that are in the way may arrive before the other process gives up waiting. */
async function sendInTime(
  channel: ControlChannel,
  courier: FdCourier,
  batch: number,
  fds: readonly number[],
  { answerMs, retryMs }: TakeoverLimits,
): Promise<Sending> {
  for (let waitedMs = 0;; waitedMs += retryMs) {
    const sent = courier.send("listeners", batch, fds);
    if (sent.kind !== "crowded" || waitedMs > answerMs / 4) return sent;
    await channel.overOr(retryMs);
  }
}

/**
 * Gives State, and waits until the successor is ready to go on with all of that.
 *
 * @param preparing whether it says all the time that it is alive
 */
export async function giveState(
  channel: ControlChannel,
  old: Predecessor,
  { readyMs, readySilenceMs }: TakeoverLimits,
  preparing: "tells" | "is silent",
): Promise<Heard<"ready">> {
  for (const part of old.state()) {
    channel.say("state", part);
    if (channel.failure) break;
    // There may be a lot of it, and clients are served meanwhile.
    await new Promise((resolve) => setImmediate(resolve));
  }
  channel.say("told", {});
  if (preparing === "tells") channel.expectLife(readySilenceMs);
  return await channel.hear("ready", readyMs);
}
