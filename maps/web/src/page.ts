/** The page: one object that brings the live link, the map, the screens and the keys together. */
import { Door } from "./commands/door";
import { inWords } from "./commands/outbox";
import { may } from "./commands/person";
import { bindings, commandsOf } from "./controls";
import type { Runs, When } from "./controls";
import type { Actions, Desk, Screen } from "./desk";
import { diagnosis } from "./diagnosis";
import { Kept } from "./keep/kept";
import { KeptNote, isOutdated, keepPage } from "./keep/offline";
import { keysOn } from "./keys";
import { LiveClient } from "./live/client";
import type { Picture } from "./live/fold";
import { onlyMoved } from "./live/fold";
import type { LinkReport } from "./live/link";
import { linkState, sameLink } from "./live/link";
import { Loading } from "./live/loading";
import type { Option } from "./live/protocol";
import { missionArea } from "./map/area";
import { Follow } from "./map/follow";
import { OperationsMap } from "./map/map";
import { Overlays } from "./map/overlays";
import { onWholePixels } from "./map/pixels";
import { Readout } from "./map/readout";
import type { AssetRef } from "./map/scene";
import { scene } from "./map/scene";
import { onMap, placeOf } from "./map/where";
import { MapPin } from "./nine/pin";
import { PlanScreen } from "./plan/screen";
import { Address, readAddress } from "./screens/address";
import { Alarms } from "./screens/alarms";
import { AsideList } from "./screens/aside";
import { CasualtyList } from "./screens/casualties";
import { Details } from "./screens/details";
import { FacilityBoard } from "./screens/facilities";
import { Pins } from "./screens/filters";
import { VehicleBoard } from "./screens/fleet";
import { Floating } from "./screens/form";
import { Forms } from "./screens/forms";
import { helpBody } from "./screens/help";
import { LayerPanel } from "./screens/layers";
import { laidOut } from "./screens/layout";
import { WatchLog } from "./screens/log";
import { Replay } from "./screens/replay";
import { Requests } from "./screens/requests";
import { Session } from "./screens/session";
import { Shell } from "./screens/shell";
import { Summary } from "./screens/summary";
import { AssetTable } from "./screens/table";
import { Views } from "./screens/views";
import { strings } from "./strings";
import { Tools } from "./tools/tools";
import { later } from "./times";
import { Beat } from "./ui/beat";
import { append, el, say } from "./ui/dom";
import { Tabs } from "./ui/tabs";
import { nextTheme, onTheme, rememberedTheme, shownTheme, themeName, wear } from "./ui/theme";
import { Bell } from "./watch/bell";
import { printScreen } from "./watch/print";

const BASE = new URL(".", document.baseURI).href;
const MISSION = new URLSearchParams(location.search).get("mission");
const ZOOM = 10; // of what is chosen
const KEPT_AFTER_MS = 3000; // a server that says nothing for so long does not say either that nobody is let in
const NO_LINK: LinkReport = { connected: false, lastFrameAt: null, offsetMs: 0, seq: 0, head: 0, trouble: null, noMission: false, complaints: [], barred: false, lane: 1, lagMs: 0 };

export class Page implements Actions {
  private live: Picture | null = null;
  private link = NO_LINK;
  private readonly asked = readAddress(location.search);
  private selected: AssetRef | null = this.asked.selected;
  private option: Option | null = null;
  private framed = false;
  private readonly beat = new Beat((full) => this.draw(full));
  private desk: Desk | null = null;

  private readonly door = new Door(BASE, strings.noServer, () => this.live?.mission.id ?? MISSION, () => this.session.bar());
  private readonly session: Session;
  private readonly forms: Forms;
  private readonly replay: Replay;
  private readonly shell: Shell;
  private readonly map: OperationsMap;
  private readonly overlays: Overlays;
  private readonly loading = new Loading(this.door, () => this.map, (text, wrong) => this.say(text, wrong));
  private readonly tools: Tools;
  private readonly follow: Follow;
  private readonly pins = new Pins(localStorage);
  private readonly casualties = new CasualtyList(this, this.pins);
  private readonly requests = new Requests(this, this.door);
  private readonly details = new Details(this, this.door, this.pins);
  private readonly facilityBoard = new FacilityBoard(this, () => this.views.show("map", true));
  private readonly vehicleBoard = new VehicleBoard(this, () => this.views.show("map", true));
  private readonly plan = new PlanScreen({ actions: this, door: this.door, able: () => this.link.connected && !this.session.login.open, changed: () => this.touch(), leave: () => this.views.show("map", true), options: () => this.side.show("requests", () => void this.requests.find()) });
  private readonly table = new AssetTable(this);
  private readonly bell: Bell = new Bell({ outbox: () => this.forms.outbox, bound: (path) => this.door.bound(path), say: (text, wrong) => this.say(text, wrong), mine: () => may(this.session.me, "alarm_acknowledged"), refuse: () => this.forms.notYours(), changed: () => this.touch() });
  private readonly alarms = new Alarms(this, this.bell, new AsideList(this.door).node, () => this.side.show("alarms", () => this.alarms.focus()));
  private readonly summary = new Summary();
  private readonly screens: Screen[];
  private readonly views: Views;
  private readonly address = new Address(() => ({ view: this.views.now, selected: this.selected, at: this.framed ? this.map.view : this.asked.at, alone: this.asked.alone }));
  private client: LiveClient | null = null;
  private readonly kept = new Kept(MISSION ?? "");
  private keptAt: number | null = null; // server time of what was kept, while nothing else has come
  private keptOffset = 0;
  private readonly keptNote = new KeptNote();
  private readonly help = new Floating(strings.keys, helpBody(this.keptNote.node), "help");
  private readonly side: Tabs;
  private readonly readout = new Readout((text, wrong) => this.say(text, wrong));
  private readonly layers = new LayerPanel((choice) => {
    this.map.choose(choice);
    this.touch();
  });
  private readonly mapBox = el("div", { class: "map-box", role: "region", "aria-label": strings.mapLabel });
  private readonly wait = el("p", { class: "wait" }, strings.loading);

  constructor() {
    const pin = new MapPin(this.mapBox, () => this.map.hand);
    this.session = this.buildSession(); // forms that find something to send ask who is here
    this.forms = this.buildForms(pin);
    this.replay = new Replay(this.door, () => this.touch(), (text) => this.say(text, true));
    const { forms } = this;
    const buttons = { alert: () => forms.alert(), voice: () => forms.voice(), nine: () => forms.nine(), replay: () => this.toggleReplay(), theme: () => this.theme(), help: () => this.help.show(null), logOut: () => void this.session.logOut() };
    this.shell = new Shell(buttons, [this.alarms.badge, forms.queue.badge], () => this.replay.leave());
    this.views = new Views({ map: { node: this.mapBox }, table: this.table, facilities: this.facilityBoard, vehicles: this.vehicleBoard, plan: this.plan }, () => this.desk, () => this.address.touch());
    const log = new WatchLog(this, this.door, (corrects) => forms.entry(corrects));
    this.side = new Tabs([["requests", strings.requests, this.requests.node], ["details", strings.details, this.details.node], ["alarms", strings.alarms, this.alarms.node], ["log", strings.log, log.node]], strings.details);
    this.screens = [this.casualties, this.requests, this.details, this.table, this.facilityBoard, this.vehicleBoard, this.plan, this.alarms, log, this.summary];
    this.tools = this.buildTools();
    this.map = this.build();
    this.overlays = new Overlays(this.map);
    pin.follow();
    this.map.onMoved(() => this.address.touch());
    this.views.show(this.asked.view);
    if (this.selected) this.side.show(this.selected.kind === "request" ? "requests" : "details");
    document.body.toggleAttribute("data-alone", this.asked.alone);
    this.tools.attach(this.mapBox);
    this.follow = new Follow(this.map, (text) => this.say(text));
    this.mapBox.append(this.follow.badge);
  }

  start(): void {
    this.forms.queue.show(this.forms.outbox.posts());
    this.shell.showPerson(this.session.me);
    const known = this.session.start();
    this.client = new LiveClient(BASE, MISSION, {
      picture: (picture, fresh) => {
        const moved = onlyMoved(this.live, picture);
        this.live = picture;
        this.keptAt = null;
        this.kept.keep({ picture, at: (this.link.lastFrameAt ?? Date.now()) + this.link.offsetMs, offsetMs: this.link.offsetMs }, moved);
        this.loading.follow(picture, fresh);
        if (moved) this.beat.moved(this.link.lane);
        else this.beat.event();
      },
      link: (link) => {
        const other = !sameLink(link, this.link);
        const [again, barred] = [link.connected && !this.link.connected, link.barred && !this.link.barred];
        this.link = this.keptAt !== null && link.lastFrameAt === null ? { ...link, lastFrameAt: this.keptAt - this.keptOffset, offsetMs: this.keptOffset } : link;
        if (barred) this.session.bar();
        else if (again) void this.session.recognise();
        if (again) void isOutdated(BASE).then((newer) => this.shell.showNewer(newer));
        if (other) this.touch();
      },
    });
    this.client.start();
    void Promise.race([known, later(KEPT_AFTER_MS)]).then(() => this.showKept());
    void keepPage(BASE).then((works) => this.keptNote.works(works));
    this.beat.start();
    this.loading.start();
    this.plan.watch.start();
    this.bindControls();
  }

  /** Until the server answers, what was kept here is shown, marked stale with its age. */
  private async showKept(): Promise<void> {
    const found = await this.kept.read();
    if (found === null || this.live !== null || this.session.login.open) return;
    [this.live, this.keptAt, this.keptOffset] = [found.picture, found.at, found.offsetMs];
    this.touch();
  }

  // --- what screens may ask for

  select(ref: AssetRef | null, go: boolean): void {
    this.selected = ref;
    this.map.layer.select(this.shownAs(ref));
    if (ref) this.side.show(ref.kind === "request" ? "requests" : "details");
    if (ref && ref.kind !== "request") this.side.node.parentElement?.scrollTo({ top: 0 });
    if (ref && go) this.goTo(ref);
    this.address.touch();
    this.beat.now(); // at once: the next key may ask about what was chosen
  }

  tell(kind: string, texts: Record<string, string>): void {
    this.forms.tell(kind, texts);
  }

  cancelTask(task: string): void {
    void this.forms.cancel(task);
  }

  divert(chain: string): void {
    this.side.show("requests", () => void this.requests.divert(chain));
  }

  preview(option: Option | null, fit = false): void {
    this.option = option;
    if (option && fit) this.map.fit(option.legs.flatMap((leg) => leg.path));
    this.touch();
  }

  say(text: string, wrong = false): void {
    this.shell.toast(text, wrong);
  }

  // --- for window.casevac

  diagnostic(): unknown {
    const { live, link, replay, session, selected } = this;
    return diagnosis({ live, link, replayAt: replay.active ? replay.instant : null, me: session.me, login: session.login.open, selected, queue: this.forms.outbox.posts().length });
  }

  /** The map as tests and benches see it; a place on the screen in CSS pixels from its top left corner. */
  handles(): Record<"map" | "layer", Readonly<Record<string, unknown>>> {
    const { map } = this;
    return {
      map: { view: () => map.view, drawn: () => map.drawn(), jump: (lon: number, lat: number, zoom: number) => map.jump(lon, lat, zoom), theme: (theme: "day" | "night" | "red") => map.setTheme(theme) },
      layer: { assets: () => map.assets(), screen: (lon: number, lat: number) => map.hand.screen([lon, lat]), painted: () => map.ways.painted },
    };
  }

  // --- building

  private build(): OperationsMap {
    const canvas = el("canvas", { class: "assets-canvas", "aria-hidden": "true" });
    const ground = el("div", { class: "ground" });
    append(this.mapBox, [ground, canvas, this.readout.node, el("p", { class: "credits" }, strings.credits), this.wait]);
    const centre = [this.mapBox, this.table.node, this.facilityBoard.node, this.vehicleBoard.node, this.plan.node, this.replay.node];
    const windows = [this.tools.palette, ...this.forms.floatings, this.layers.floating, this.help].map((floating) => floating.node);
    const desk = laidOut(this.casualties.node, centre, this.side.node, windows);
    this.shell.banners.append(this.bell.banner, this.plan.watch.banner);
    document.body.append(this.shell.header, this.shell.banners, desk, this.shell.toasts, this.summary.node, this.session.login.node);
    wear(rememberedTheme());
    const map = new OperationsMap(BASE, ground, canvas, shownTheme(), {
      picked: (ref, at) => this.select(ref ?? this.tools.pickHazard(at), false),
      asked: (touch) => this.tools.asked(touch),
      moved: (at) => this.readout.point(at),
      left: () => this.readout.point(null),
      viewed: (view) => this.readout.middle(view),
      trouble: (what) => this.say(strings.mapTrouble(what), true),
    });
    new ResizeObserver(() => {
      onWholePixels(this.mapBox);
      map.resize();
    }).observe(this.mapBox);
    onTheme((theme) => map.setTheme(theme));
    map.choose(this.layers.choice);
    if (map.simple) this.say(strings.ground.noWebgl);
    return map;
  }

  private buildForms(pin: MapPin): Forms {
    return new Forms(this.door, {
      desk: () => this.desk, serverNow: () => this.serverNow(), seq: () => this.live?.seq ?? 0, linked: () => this.link.connected, mission: () => this.live?.mission.id ?? MISSION ?? "",
      me: () => this.session.me, say: (text, wrong) => this.say(text, wrong), print: () => this.print(),
      took: (post, answer) => this.bell.answered(post, answer, inWords(answer)) || this.tools.answered(post, answer),
    }, pin);
  }

  private buildSession(): Session {
    return new Session(this.door, {
      outbox: () => this.forms.outbox, mayLeave: () => this.forms.mayLeave(), wipe: () => this.forms.wipe(), say: (text, wrong) => this.say(text, wrong), uncovered: () => this.client?.wake(),
      entered: (me, another) => {
        this.kept.again();
        if (another) this.shell.showPerson(me);
        if (another) this.forms.offerAnew();
        this.touch();
      },
      barred: () => {
        if (this.keptAt !== null) [this.live, this.keptAt] = [null, null];
        return this.kept.stop();
      },
    });
  }

  private buildTools(): Tools {
    return new Tools({
      door: this.door, outbox: this.forms.outbox, desk: () => this.desk, hand: () => this.map.hand, now: () => this.serverNow(), seq: () => this.live?.seq ?? 0, select: (ref, go) => this.select(ref, go),
      goTo: (lon, lat, zoom) => this.map.goTo(lon, lat, zoom), incident: (at) => this.forms.alert(at), showMap: () => this.showTable(false), say: (text, wrong) => this.say(text, wrong),
      notYours: () => this.forms.notYours(), busy: () => this.session.login.open,
    });
  }

  private bindControls(): void {
    const runs = this.runs();
    const replaying = (): boolean => this.replay.active;
    const when: When = { zoom: () => this.selected !== null, play: replaying, previousEvent: replaying, nextEvent: replaying, logOut: () => this.session.me.door === "asks", undo: () => this.tools.canUndo };
    keysOn(document, bindings(runs, when), () => this.session.login.open);
    this.tools.commands.add(...commandsOf(runs, when));
  }

  /** What each control of the table does. */
  private runs(): Runs {
    const { forms, side, requests, alarms, views, replay, map } = this;
    const beside = (step: 1 | -1): void => this.select(map.layer.neighbour(this.shownAs(this.selected), step), false);
    return {
      alert: () => forms.alert(), voice: () => forms.voice(), nine: () => forms.nine(), queue: () => forms.queue.floating.show(null),
      casualties: () => this.casualties.focus(), requests: () => side.show("requests", () => requests.focus()), options: () => side.show("requests", () => void requests.find()),
      look: (key) => side.show("requests", () => requests.look(Number(key))), details: () => side.show("details"), log: () => side.show("log"), alarms: () => side.show("alarms", () => alarms.focus()),
      map: () => this.showTable(false), table: () => this.showTable(true), facilities: () => views.toggle("facilities"), vehicles: () => views.toggle("vehicles"), plan: () => views.toggle("plan"),
      leave: () => this.tools.escape() || this.select(null, false),
      acknowledge: () => this.bell.ackFirst(), entry: () => forms.entry(), brief: () => forms.brief(), print: () => this.print(),
      frame: () => this.frame(), zoom: () => this.goTo(this.selected, ZOOM), follow: () => this.toggleFollow(), previousMark: () => beside(-1), nextMark: () => beside(1), layers: () => this.layers.toggle(),
      replay: () => this.toggleReplay(), play: () => replay.toggle(), previousEvent: () => replay.jump(-1), nextEvent: () => replay.jump(1),
      theme: () => this.theme(), help: () => this.help.show(null), logOut: () => void this.session.logOut(),
      ...this.tools.runs(),
    };
  }

  private toggleFollow(): void {
    this.follow.toggle(this.shownAs(this.selected));
    this.beat.now();
  }

  private print(): void {
    printScreen(this.mapBox, this.serverNow(), (draw) => this.map.painted(draw));
  }

  private theme(): void {
    wear(nextTheme(shownTheme()));
    this.say(themeName(shownTheme()));
  }

  private showTable(shown: boolean): void {
    this.views.show(shown ? "table" : "map");
    this.beat.now();
    if (shown) this.table.node.querySelector<HTMLElement>("tbody button")?.focus();
  }

  private toggleReplay(): void {
    if (this.replay.active) this.replay.leave();
    else void this.replay.enter();
  }

  // --- drawing

  private serverNow(): number {
    return Date.now() + this.link.offsetMs;
  }

  private touch(): void {
    this.beat.soon();
  }

  private draw(full: boolean): void {
    const replay = this.replay.active;
    const live = this.serverNow();
    const now = replay ? this.replay.instant : live;
    this.shell.showLink(this.plan.watch.heard(this.link), Date.now(), replay, this.keptAt !== null);
    this.shell.showTime(live, now, replay);
    this.bell.update(this.live?.entities.alarms ?? {}, linkState(this.link, Date.now(), false).state === "OFFLINE", live);
    const picture = replay ? (this.replay.picture ?? this.live) : this.live;
    say(this.wait, this.link.noMission ? strings.noMission(MISSION) : strings.loading);
    if (!picture) return;
    this.wait.hidden = true;
    this.shell.showMission(this.live?.mission ?? picture.mission); // a replay before the mission was opened is still of that mission
    this.desk = { picture, now, replay, selected: this.selected, devices: this.loading.devices, me: this.session.me };
    if (full) {
      for (const screen of this.screens) screen.update(this.desk);
      this.forms.update();
    }
    this.tools.update(this.desk);
    const shown = onMap(this.selected, picture);
    this.map.layer.select(shown);
    this.map.show(scene(picture), now);
    this.follow.update(shown, scene(picture));
    this.overlays.show(this.desk, this.option);
    if (!this.framed) this.frame();
  }

  private shownAs(ref: AssetRef | null): AssetRef | null {
    return onMap(ref, this.desk?.picture ?? null);
  }

  private goTo(ref: AssetRef | null, zoom = 0): void {
    const place = placeOf(ref, this.desk?.picture ?? null);
    if (place) this.map.goTo(place.lon, place.lat, zoom);
  }

  private frame(): void {
    const picture = this.desk?.picture;
    if (!picture) return;
    const points = missionArea(picture);
    if (points.length === 0) return;
    const first = !this.framed;
    this.framed = true;
    if (first && this.asked.at) this.map.jump(this.asked.at.lon, this.asked.at.lat, this.asked.at.zoom);
    else this.map.fit(points);
  }

}
