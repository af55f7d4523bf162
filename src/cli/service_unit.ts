import { ListenerStore } from "./listener_store.ts";
import type { Supervisor } from "../takeover/takeover_service.ts";
import type { GatewayProcess } from "./gateway_process.ts";
import { type Role, tell } from "./process_role.ts";
import { ServiceManager } from "./service_manager.ts";
import type { ServiceSockets } from "./service_sockets.ts";

/** Nobody watches over the process. */
export const unsupervised: Supervisor = {
  takeoverBegins: () => Promise.resolve(),
  takeoverFailed: () => Promise.resolve(),
  handedOver: () => Promise.resolve(),
};

/**
 * This process as a unit of a service manager, which learns what becomes of it. A worker tells its master
 * instead; without either, nothing happens.
 */
export class ServiceUnit implements Supervisor {
  #wasReady = false;

  static async of(
    environment: Readonly<Record<string, string | undefined>>,
    own: GatewayProcess,
    sockets: ServiceSockets,
    role: Role,
  ): Promise<ServiceUnit> {
    const manager = role.kind === "worker" ? undefined : await ServiceManager.of(environment);
    // The manager says how much it keeps; none unless the unit asks for it.
    const store = manager && Number(environment.FDSTORE) > 0
      ? new ListenerStore(manager, sockets.all)
      : undefined;
    return new ServiceUnit(own, role, manager, store);
  }

  private constructor(
    private readonly own: GatewayProcess,
    private readonly role: Role,
    private readonly manager: ServiceManager | undefined,
    private readonly store: ListenerStore | undefined,
  ) {}

  /** The configuration is live. */
  async ready(): Promise<void> {
    await this.store?.keep([...this.own.gateway.listeners, ...this.own.control.listeners]);
    await this.manager?.ready();
    tell(this.role, this.#wasReady ? "reloaded" : "ready");
    this.#wasReady = true;
  }

  async reloading(): Promise<void> {
    await this.manager?.reloading();
  }

  async reloadFailed(): Promise<void> {
    await this.manager?.reloadFailed();
    tell(this.role, "refused");
  }

  async stopping(): Promise<void> {
    await this.manager?.stopping();
  }

  async takeoverBegins(): Promise<void> {
    await this.manager?.reloading("Upgrading.");
  }

  async takeoverFailed(why: string): Promise<void> {
    await this.manager?.ready(`Upgrade failed: ${why}`);
  }

  /** The manager listens to the next process from now on, which has its own sockets kept. */
  async handedOver(pid: number): Promise<void> {
    await this.store?.keep([]);
    await this.manager?.handedOver(pid);
  }
}
