import { ListenerStore } from "./listener_store.ts";
import type { Supervisor } from "../takeover/takeover_service.ts";
import type { GatewayProcess } from "./gateway_process.ts";
import { ServiceManager } from "./service_manager.ts";
import type { ServiceSockets } from "./service_sockets.ts";

/** This process as a unit of a service manager: its manager learns what becomes of it. Without one, nothing happens. */
export class ServiceUnit implements Supervisor {
  static async of(
    environment: Readonly<Record<string, string | undefined>>,
    own: GatewayProcess,
    sockets: ServiceSockets,
  ): Promise<ServiceUnit> {
    const manager = await ServiceManager.of(environment);
    // The manager says how much it keeps; none unless the unit asks for it.
    const store = manager && Number(environment.FDSTORE) > 0
      ? new ListenerStore(manager, sockets.all)
      : undefined;
    return new ServiceUnit(own, manager, store);
  }

  private constructor(
    private readonly own: GatewayProcess,
    private readonly manager: ServiceManager | undefined,
    private readonly store: ListenerStore | undefined,
  ) {}

  /** The configuration is live. */
  async ready(): Promise<void> {
    await this.store?.keep([...this.own.gateway.listeners, ...this.own.control.listeners]);
    await this.manager?.ready();
  }

  async reloading(): Promise<void> {
    await this.manager?.reloading();
  }

  async reloadFailed(): Promise<void> {
    await this.manager?.reloadFailed();
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
