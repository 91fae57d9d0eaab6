/** What the stream does not carry: the ground and roads of a network, and how far each device can be trusted. */
import type { FeatureCollection } from "geojson";
import type { Door } from "../commands/door";
import { strings } from "../strings";
import type { Basemap } from "../map/ground";
import type { Picture } from "./fold";
import type { DeviceCard, LogLine } from "./protocol";

const ROADS_RETRY_MS = 20_000;
const DEVICES_EVERY_MS = 30_000;

/** Where the roads are drawn. */
interface Drawn {
  drawBasemap(basemap: Basemap): void;
  drawRoads(roads: FeatureCollection): void;
}

export class Loading {
  devices: Record<string, DeviceCard> = {};
  private network = ""; // whose roads are drawn

  constructor(private readonly door: Door, private readonly map: () => Drawn, private readonly say: (text: string, wrong?: boolean) => void) {}

  start(): void {
    void this.loadDevices();
    setInterval(() => void this.loadDevices(), DEVICES_EVERY_MS);
  }

  /** Loads the roads when they are others than those drawn. */
  follow(picture: Picture, fresh: readonly LogLine[]): void {
    const network = `${picture.mission.id} ${picture.epoch}`;
    if (network !== this.network || fresh.some((line) => line.kind === "roads_chosen")) void this.loadRoads(network);
  }

  /** It changes seldom, and what is shown stays while nobody answers. */
  private async loadDevices(): Promise<void> {
    const cards = await this.door.trust().catch(() => null);
    if (cards) this.devices = cards;
  }

  private async loadRoads(network: string): Promise<void> {
    this.network = network;
    try {
      const basemap = await this.door.basemap();
      this.map().drawBasemap(basemap);
      if (basemap.state === "roads_only") this.say(strings.ground.undrawn(basemap.message));
      if (basemap.state !== "drawn") this.map().drawRoads(await this.door.roads());
    } catch (fault) {
      setTimeout(() => (this.network = ""), ROADS_RETRY_MS); // asked for again with the next frame after that
      this.say(strings.roadsTrouble(fault instanceof Error ? fault.message : String(fault)), true);
    }
  }
}
