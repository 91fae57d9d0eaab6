/** The tools of the map together: palette, go to, measure, rings, draw, undo. One object that the page wires. */
import type { Door } from "../commands/door";
import type { Answer, Outbox, Post } from "../commands/outbox";
import { inWords } from "../commands/outbox";
import { may } from "../commands/person";
import type { Runs } from "../controls";
import type { Desk } from "../desk";
import type { Hazard, LogLine } from "../live/protocol";
import { pixelsPerMetre } from "../map/asset-layer";
import type { MapHand, Touch } from "../map/hand";
import type { AssetRef } from "../map/scene";
import { scene } from "../map/scene";
import { changesIn } from "../screens/changed";
import { stateWord } from "../strings";
import { toolWords } from "../strings/tools";
import { append } from "../ui/dom";
import { onTheme } from "../ui/theme";
import "../styles/tools.css";
import { ChosenBar, UndoBar } from "./chosen";
import type { Command } from "./commands";
import { Commands } from "./commands";
import { Crosshair } from "./crosshair";
import { Draw } from "./draw";
import type { Found } from "./find";
import type { LonLat } from "./geodesy";
import { Ink } from "./ink";
import { KINDS, isHazard } from "./kinds";
import { Measure } from "./measure";
import type { Entry } from "./menu";
import { DrawMenu } from "./menu";
import { Palette } from "./palette";
import { hazardAt } from "./pick";
import { PlaceMark } from "./place-mark";
import type { Centre } from "./rings";
import { Rings } from "./rings";
import { Deeds, HAZARDS } from "./undo";

const GO_TO_ZOOM = 11;
const PICK_PX = 7;
const SITES = "api/sites/add";
const words = toolWords;

/** What the tools need of the page. */
export interface ToolsWorld {
  door: Door;
  outbox: Outbox;
  desk(): Desk | null;
  hand(): MapHand;
  now(): number;
  seq(): number; // of the last event that this page knows
  select(ref: AssetRef | null, go: boolean): void;
  goTo(lon: number, lat: number, zoom: number): void;
  /** Opens the alert form at a place. */
  incident(at: LonLat | null): void;
  /** The map is wanted: it may be hidden behind the table. */
  showMap(): void;
  say(text: string, wrong?: boolean): void;
  notYours(): void;
  busy(): boolean; // a login covers the page
}

export class Tools {
  readonly commands = new Commands();
  readonly palette: Palette;
  private readonly ink = new Ink();
  private readonly cross: Crosshair;
  private readonly draw: Draw;
  private readonly measure: Measure;
  private readonly rings: Rings;
  private readonly mark: PlaceMark;
  private readonly menu: DrawMenu;
  private readonly chosen: ChosenBar;
  private readonly undoBar: UndoBar;
  private readonly deeds: Deeds;

  constructor(private readonly world: ToolsWorld) {
    const hand = (): MapHand => world.hand();
    this.cross = new Crosshair(hand);
    this.measure = new Measure(hand, this.ink, this.cross, () => this.rest());
    this.rings = new Rings(this.ink, () => this.rings.end());
    this.mark = new PlaceMark(this.ink, (at) => this.menu.open(at, null, null));
    this.menu = new DrawMenu(() => this.entries());
    this.chosen = new ChosenBar((hazard) => this.change(hazard), (hazard) => this.lift(hazard));
    this.chosen.latest = (hazard) => this.hazards[hazard.id] ?? hazard;
    this.undoBar = new UndoBar(() => this.undo());
    this.deeds = new Deeds({ add: (path, body, label, seen) => this.post(path, body, label, seen) });
    this.draw = new Draw({
      hand, now: () => world.now(), seq: () => world.seq(), incident: (at) => world.incident(at), left: () => undefined, preview: world.door, chainWords: (chain) => this.chainWords(chain.chain, chain.facility),
      inWords: (body) => inWords({ status: 0, body }), send: (path, body, label, before, seen) => this.send(path, body, label, before, seen),
    }, this.ink, this.cross);
    this.palette = new Palette(this.commands, { picture: () => world.desk()?.picture ?? null, search: (text, signal) => world.door.searchPlaces(text, signal), chosen: (found) => this.go(found) });
    this.commands.add(...this.own());
  }

  /** Hangs everything into the box of the map; the palette goes where windows are. */
  attach(box: HTMLElement): void {
    append(box, [this.ink.canvas, this.cross.node, this.cross.spoken, this.measure.node, this.rings.node, this.draw.panel.node, this.mark.node, this.chosen.node, this.undoBar.node, this.menu.node]);
    this.world.hand().onFrame((view) => this.ink.frame(view));
    document.addEventListener("keydown", (event) => this.controlKey(event));
    onTheme(() => this.ink.refresh());
  }

  /** What the controls of the tools do; Ctrl-K and Ctrl-Z are heard here. */
  runs(): Pick<Runs, "palette" | "goTo" | "measure" | "rings" | "draw" | "undo"> {
    return {
      palette: () => this.palette.show(true), goTo: () => this.palette.show(false), measure: () => this.measuring(), rings: () => this.ringing(),
      draw: () => this.openMenu(null, null, null), undo: () => this.undo(),
    };
  }

  get canUndo(): boolean {
    return this.deeds.last !== null;
  }

  /** Escape: true when a tool took it. */
  escape(): boolean {
    if (this.draw.active) this.draw.leave();
    else if (!this.measure.node.hidden) this.rest();
    else if (this.mark.at) this.mark.remove();
    else return false;
    return true;
  }

  update(desk: Desk): void {
    const { selected, picture } = desk;
    this.chosen.show(selected?.kind === "hazard" && !desk.replay && !this.draw.active ? (picture.entities.hazards[selected.id] ?? null) : null);
    this.draw.update(picture.entities.hazards);
    if (this.rings.count > 0) this.ink.refresh();
  }

  /** The hazard under a click that met no asset. */
  pickHazard(at: { lon: number; lat: number }): AssetRef | null {
    const slack = PICK_PX / pixelsPerMetre(this.world.hand().view);
    const found = hazardAt(Object.values(this.hazards), [at.lon, at.lat], slack, this.world.now());
    return found ? { kind: "hazard", id: found.id } : null;
  }

  /** The right button on the map. */
  asked(touch: Touch): void {
    if (this.draw.active || !this.measure.node.hidden) return;
    this.openMenu(touch.at, touch.x, touch.y);
  }

  /** The server answered a command; true when it was one of the tools' and the person has been told. */
  answered(post: Post, answer: Answer): boolean {
    const path = post.path.split("?")[0] ?? "";
    const lift = path.startsWith(`${HAZARDS}/`) && path.endsWith("/lift");
    if (path !== HAZARDS && path !== SITES && !lift) return false;
    if (answer.status >= 200 && answer.status < 300) {
      const told = answer.body as { events?: LogLine[]; warnings?: string[] } | null;
      this.deeds.answered(post.key, told?.events?.[0]?.seq ?? 0);
      if (this.deeds.of(post.key)) this.undoBar.show(words.undo.applied(post.label), false);
      else this.world.say(post.label);
      for (const warning of told?.warnings ?? []) this.world.say(warning, true);
      return true;
    }
    return this.refused(post, path, answer);
  }

  private refused(post: Post, path: string, answer: Answer): boolean {
    const [body, why, changes] = [post.body as Record<string, unknown>, inWords(answer), changesIn(answer)];
    this.deeds.forget(post.key);
    this.undoBar.hide();
    if (path !== HAZARDS || this.draw.active) {
      if (changes) return false; // the page shows what the other told, and asks
      this.world.say(`${post.label}. ${words.wrong.refused(why)}`, true);
      return path !== HAZARDS; // a second drawing waits in the queue, where it is seen
    }
    this.world.outbox.discard(post.key);
    this.rest();
    this.world.showMap();
    this.draw.reopen(body, why, this.hazards[String(body["id"] ?? "")] ?? null, Math.max(this.world.seq(), changes?.at(-1)?.seq ?? 0));
    return true;
  }

  // --- commands

  /** What is offered beside the controls of the page. */
  private own(): Command[] {
    return [
      { id: "rings-off", words: words.rings.removeAll, run: () => this.rings.clear(), when: () => this.rings.count > 0 },
      ...KINDS.map((kind): Command => ({ id: `draw-${kind.id}`, words: words.draw.command(words.draw.kinds[kind.id] ?? kind.id), run: () => this.drawing(kind.id, null) })),
    ];
  }

  private entries(): Entry[] {
    const drawn = KINDS.map((kind): Entry => ({ words: words.draw.kinds[kind.id] ?? kind.id, run: (at) => this.drawing(kind.id, at) }));
    const rings: Entry = { words: words.rings.title, run: (at) => this.ringing(at) };
    return [...drawn, { words: words.measure.title, run: () => this.measuring() }, rings];
  }

  private controlKey(event: KeyboardEvent): void {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || this.world.busy()) return;
    const within = event.target as HTMLElement | null;
    const typing = within && ["INPUT", "TEXTAREA", "SELECT"].includes(within.tagName);
    if (event.key.toLowerCase() === "k") {
      event.preventDefault();
      this.palette.show(true);
    } else if (event.key.toLowerCase() === "z" && !typing) {
      event.preventDefault();
      this.undo();
    }
  }

  private openMenu(at: LonLat | null, x: number | null, y: number | null): void {
    this.world.showMap();
    this.menu.open(at, x, y);
  }

  private go(found: Found): void {
    const { act } = found;
    if ("command" in act) return act.command.run();
    this.world.showMap();
    if ("ref" in act) return this.world.select(act.ref, true);
    this.mark.show(act.place, act.name);
    this.world.goTo(act.place[0], act.place[1], GO_TO_ZOOM);
  }

  private measuring(): void {
    this.world.showMap();
    if (!this.measure.node.hidden) return this.rest();
    this.rest();
    this.measure.begin();
  }

  private ringing(at: LonLat | null = null): void {
    this.world.showMap();
    this.rings.begin(at ? { key: `place ${at.join(",")}`, name: words.rings.place, at: () => at, bare: true } : this.centre());
  }

  /** What is chosen, else the mark. */
  private centre(): Centre | null {
    const ref = this.world.desk()?.selected;
    const find = (): { at: LonLat; name: string } | null => {
      const one = ref && this.world.desk()?.picture;
      const asset = one && scene(one).find((each) => each.kind === ref.kind && each.id === ref.id);
      return asset ? { at: [asset.lon, asset.lat], name: asset.label || asset.id } : null;
    };
    const found = find();
    if (ref && found) return { key: `${ref.kind} ${ref.id}`, name: found.name, at: () => find()?.at ?? null };
    const { at } = this.mark;
    return at ? { key: `place ${at.join(",")}`, name: words.rings.place, at: () => at, bare: true } : null;
  }

  // --- drawing

  private drawing(kind: string, at: LonLat | null): void {
    const known = KINDS.find((one) => one.id === kind);
    const needs = kind === "incident" ? "alert_raised" : known && isHazard(known) ? "hazard_reported" : "site_told";
    const { me } = this.world.desk() ?? {};
    if (me && !may(me, needs)) return this.world.notYours();
    this.world.showMap();
    this.rest();
    this.draw.begin(kind, at);
  }

  private change(hazard: Hazard): void {
    this.rest();
    this.draw.change(hazard);
    this.chosen.show(null);
  }

  private lift(hazard: Hazard): void {
    const name = words.draw.label(stateWord(hazard.kind), hazard.name || hazard.id);
    const post = this.post(`${HAZARDS}/${encodeURIComponent(hazard.id)}/lift`, { reason: words.undo.liftReason }, words.draw.lift(name), this.world.seq());
    this.deeds.did({ hazard: hazard.id, name: words.draw.lift(name), before: hazard, key: post.key, seen: this.world.seq() });
    this.keep(post);
  }

  private send(path: string, body: Record<string, unknown>, label: string, before: Hazard | null, seen: number): Post {
    const post = this.post(path, body, label, seen);
    if (path === HAZARDS) this.deeds.did({ hazard: String(body["id"]), name: label, before, key: post.key, seen: this.world.seq() });
    this.keep(post);
    return post;
  }

  /** `seen`: the last event known when it was looked at; what another changed of the same after it is asked about. */
  private post(path: string, body: unknown, label: string, seen: number): Post {
    return this.world.outbox.add(this.world.door.bound(path, seen), body, label, Date.now());
  }

  /** Said when it was not sent within a moment: it waits. */
  private keep(post: Post): void {
    setTimeout(() => {
      const waits = this.world.outbox.posts().find((one) => one.key === post.key && one.refused === null);
      if (waits) this.undoBar.show(words.undo.waits(post.label), true);
    }, 1500);
  }

  private undo(): void {
    this.undoBar.hide();
    const done = this.deeds.undo();
    if (done === null) this.world.say(words.undo.nothing);
  }

  private rest(): void {
    this.draw.stop();
    this.measure.end();
  }

  private get hazards(): Record<string, Hazard> {
    return this.world.desk()?.picture.entities.hazards ?? {};
  }

  private chainWords(id: string, facility: string): { vehicles: string; facility: string } {
    const picture = this.world.desk()?.picture;
    const vehicles = picture?.entities.chains[id]?.vehicles.map((one) => picture.entities.vehicles[one]?.callsign ?? one).join(" + ");
    return { vehicles: vehicles || id, facility: picture?.entities.facilities[facility]?.name ?? facility };
  }
}
