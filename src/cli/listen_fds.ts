import process from "node:process";

/** A socket that a service manager opened for this process, or kept for it. */
export interface ServiceSocket {
  readonly fd: number;
  /** `FileDescriptorName=`, or the name it was stored under. */
  readonly name: string;
}

const firstDescriptor = 3;
/** Of a variable whose value is the number of the socket with this name. */
const numberPrefix = "LISTEN_FD_";

/**
 * Sockets of a service manager, as sd_listen_fds(3) finds them: descriptors from 3 on, meant for the
 * process that LISTEN_PID names. The variables are taken away. A name that can be one is a variable of
 * the configuration from now on, with the number as its value: `bind "fd@${LISTEN_FD_web}"`.
 */
export function takeServiceSockets(
  environment: Record<string, string | undefined>,
  pid = process.pid,
): readonly ServiceSocket[] {
  const { LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES } = environment;
  for (const name of ["LISTEN_PID", "LISTEN_PIDFDID", "LISTEN_FDS", "LISTEN_FDNAMES"]) {
    delete environment[name];
  }
  if (LISTEN_PID !== String(pid) || !/^\d{1,5}$/.test(LISTEN_FDS ?? "")) return [];
  const names = LISTEN_FDNAMES?.split(":") ?? [];
  const sockets = Array.from({ length: Number(LISTEN_FDS) }, (_, i) => ({
    fd: firstDescriptor + i,
    name: names[i] || "unknown",
  }));
  for (const { fd, name } of sockets.toReversed()) {
    if (/^\w+$/.test(name)) environment[numberPrefix + name] = String(fd);
  }
  return sockets;
}
