/** The page: brings the live link, the map, the screens and the keys together. */
import "./styles/font.css";
import "./style.css";
import { Door } from "./commands/door";
import type { Post } from "./commands/outbox";
import { Outbox, inWords, newKey } from "./commands/outbox";
import type { Me } from "./commands/person";
import { may, readMe, senderOf } from "./commands/person";
import type { Actions, Desk, Screen } from "./desk";
import { keysOn } from "./keys";
import { Kept } from "./keep/kept";
import { KeptNote, isOutdated, keepPage } from "./keep/offline";
import { LiveClient } from "./live/client";
import type { Picture } from "./live/fold";
import { onlyMoved } from "./live/fold";
import type { LinkReport } from "./live/link";
import { linkState } from "./live/link";
import type { DeviceCard, Option } from "./live/protocol";
import { grid } from "./grid";
import { Follow } from "./map/follow";
import type { Choice } from "./map/choice";
import { hazardHolds, hazardShapes } from "./map/hazards";
import { etaMarks } from "./map/eta";
import { legLines } from "./map/legs";
import { OperationsMap } from "./map/map";
import { Readout } from "./map/readout";
import { LayerPanel } from "./screens/layers";
import type { AssetRef } from "./map/scene";
import { missionArea } from "./map/area";
import { scene, vehiclePositions } from "./map/scene";
import { Alarms } from "./screens/alarms";
import { AlertForm } from "./screens/alert";
import { AsideList } from "./screens/aside";
import { Address, readAddress } from "./screens/address";
import { BriefScreen } from "./screens/brief";
import { CasualtyList } from "./screens/casualties";
import { ChangedWindow, changesIn } from "./screens/changed";
import { Details, chainOf } from "./screens/details";
import { FacilityBoard } from "./screens/facilities";
import { Pins } from "./screens/filters";
import { VehicleBoard } from "./screens/fleet";
import { Floating } from "./screens/form";
import { helpBody } from "./screens/help";
import { WatchLog } from "./screens/log";
import { Login } from "./screens/login";
import { Queue } from "./screens/queue";
import { Replay } from "./screens/replay";
import { Requests } from "./screens/requests";
import { Shell } from "./screens/shell";
import { Summary } from "./screens/summary";
import { AssetTable } from "./screens/table";
import { Views } from "./screens/views";
import { VoiceForm } from "./screens/voice";
import { NineForm } from "./nine/form";
import { MapPin } from "./nine/pin";
import { strings } from "./strings";
import { pageCommands } from "./tools/commands";
import { Tools } from "./tools/tools";
import { Bell } from "./watch/bell";
import { EntryForm } from "./watch/entry";
import { printScreen } from "./watch/print";
import { Tabs } from "./ui/tabs";
import { append, el, say } from "./ui/dom";
import { nextTheme, onTheme, rememberedTheme, shownTheme, themeName, wear } from "./ui/theme";

const BASE = new URL(".", document.baseURI).href;
const MISSION = new URLSearchParams(location.search).get("mission");
const ROADS_RETRY_MS = 20_000;
const DEVICES_EVERY_MS = 30_000;
const NO_LINK: LinkReport = { connected: false, lastFrameAt: null, offsetMs: 0, seq: 0, head: 0, trouble: null, noMission: false, complaints: [], barred: false, lane: 1, lagMs: 0 };
const ME = "casevac.me"; // who was here last: for a page that finds no server

class Page implements Actions {
  private live: Picture | null = null;
  private link = NO_LINK;
  private me = readMe(localStorage.getItem(ME));
  private readonly asked = readAddress(location.search);
  private selected: AssetRef | null = this.asked.selected;
  private drawnEta = "";
  private option: Option | null = null;
  private framed = false;
  private network = ""; // whose roads are drawn
  private dirty = false;
  private full = true;
  private drawnChains: unknown = null;
  private drawnHazards = "[]";
  private drawnOption: Option | null = null;
  private desk: Desk | null = null;
  private devices: Record<string, DeviceCard> = {};

  private readonly door = new Door(BASE, strings.noServer, () => this.live?.mission.id ?? MISSION, () => this.bar());
  private readonly queue = new Queue((post) => this.correct(post));
  private readonly outbox: Outbox;
  private readonly replay: Replay;
  private readonly shell: Shell;
  private readonly map: OperationsMap;
  readonly tools: Tools;
  private readonly follow: Follow;
  private readonly pins = new Pins(localStorage);
  private readonly casualties = new CasualtyList(this, this.pins);
  private readonly requests = new Requests(this, this.door);
  private readonly details = new Details(this, this.door, this.pins);
  private readonly facilityBoard = new FacilityBoard(this, () => this.views.show("map", true));
  private readonly vehicleBoard = new VehicleBoard(this, () => this.views.show("map", true));
  private readonly table = new AssetTable(this);
  private readonly bell: Bell = new Bell({ outbox: () => this.outbox, bound: (path) => this.door.bound(path), say: (text, wrong) => this.say(text, wrong), mine: () => may(this.me, "alarm_acknowledged"), refuse: () => this.notYours(), changed: () => this.touch() });
  private readonly alarms = new Alarms(this, this.bell, new AsideList(this.door).node, () => this.side.show("alarms", () => this.alarms.focus()));
  private readonly summary = new Summary();
  private readonly screens: Screen[];
  private readonly alertForm: AlertForm;
  private readonly voiceForm: VoiceForm;
  private readonly changed: ChangedWindow;
  private readonly views: Views;
  private readonly address = new Address(() => ({ view: this.views.now, selected: this.selected, at: this.framed ? this.map.view : this.asked.at, alone: this.asked.alone }));
  private readonly nineForm: NineForm;
  private readonly entryForm: EntryForm;
  private readonly brief: BriefScreen;
  private readonly login = new Login(this.door, (me) => this.entered(me));
  private client: LiveClient | null = null;
  private readonly kept = new Kept(MISSION ?? "");
  private keptAt: number | null = null; // server time of what was kept, while nothing else has come
  private keptOffset = 0;
  private readonly keptNote = new KeptNote();
  private readonly help = new Floating(strings.keys, helpBody(this.keptNote.node), "help");
  private readonly side: Tabs;
  private readonly readout = new Readout((text, wrong) => this.say(text, wrong));
  private readonly layers = new LayerPanel((choice) => this.chose(choice));
  private readonly mapBox = el("div", { class: "map-box", role: "region", "aria-label": strings.mapLabel });
  private readonly wait = el("p", { class: "wait" }, strings.loading);

  constructor() {
    this.outbox = new Outbox(localStorage, this.door.post, (posts) => this.queue.show(posts), (post, answer) => this.posted(post, answer));
    this.queue.outbox = this.outbox;
    this.replay = new Replay(this.door, () => this.touch(), (text) => this.say(text, true));
    const buttons = { alert: () => this.alert(), voice: () => this.voice(), nine: () => this.nine(), replay: () => this.toggleReplay(), theme: () => this.theme(), help: () => this.help.show(null), logOut: () => void this.logOut() };
    this.shell = new Shell(buttons, [this.alarms.badge, this.queue.badge], () => this.replay.leave());
    this.alertForm = new AlertForm(this.door, this.outbox, () => this.serverNow());
    this.voiceForm = new VoiceForm(this.door, this.outbox, () => this.desk, () => this.serverNow(), (kind) => may(this.me, kind), () => this.live?.seq ?? 0);
    this.changed = new ChangedWindow(this.outbox);
    this.views = new Views({ map: { node: this.mapBox }, table: this.table, facilities: this.facilityBoard, vehicles: this.vehicleBoard }, () => this.desk, () => this.address.touch());
    const pin = new MapPin(this.mapBox, () => this.map.hand);
    const host = { desk: () => this.desk, serverNow: () => this.serverNow(), linked: () => this.link.connected, mission: () => this.live?.mission.id ?? MISSION ?? "", say: (text: string, wrong?: boolean) => this.say(text, wrong) };
    this.nineForm = new NineForm(this.door, this.outbox, host, pin);
    this.entryForm = new EntryForm(this.door, this.outbox, () => this.desk);
    this.brief = new BriefScreen(this.door, this.outbox, () => this.serverNow(), () => this.print(), () => this.me.name);
    const log = new WatchLog(this, this.door, (corrects) => this.entry(corrects));
    this.side = new Tabs([["requests", strings.requests, this.requests.node], ["details", strings.details, this.details.node], ["alarms", strings.alarms, this.alarms.node], ["log", strings.log, log.node]], strings.details);
    this.screens = [this.casualties, this.requests, this.details, this.table, this.facilityBoard, this.vehicleBoard, this.alarms, log, this.summary];
    this.tools = this.buildTools();
    this.map = this.build();
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
    this.queue.show(this.outbox.posts());
    this.outbox.sendAs(senderOf(this.me));
    this.shell.showPerson(this.me);
    void this.recognise();
    this.client = new LiveClient(BASE, MISSION, {
      picture: (picture, fresh) => {
        const full = !onlyMoved(this.live, picture);
        this.live = picture;
        this.keptAt = null;
        this.kept.keep({ picture, at: (this.link.lastFrameAt ?? Date.now()) + this.link.offsetMs, offsetMs: this.link.offsetMs });
        const network = `${picture.mission.id} ${picture.epoch}`;
        if (network !== this.network || fresh.some((line) => line.kind === "roads_chosen")) void this.loadRoads(network);
        this.touch(full);
      },
      link: (link) => {
        const [again, barred] = [link.connected && !this.link.connected, link.barred && !this.link.barred];
        this.link = this.keptAt !== null && link.lastFrameAt === null ? { ...link, lastFrameAt: this.keptAt - this.keptOffset, offsetMs: this.keptOffset } : link;
        if (barred) this.bar();
        else if (again) void this.recognise();
        if (again) void isOutdated(BASE).then((newer) => this.shell.showNewer(newer));
        this.touch();
      },
    });
    this.client.start();
    void this.showKept();
    void keepPage(BASE).then((works) => this.keptNote.works(works));
    addEventListener("storage", (event) => {
      this.outbox.changedElsewhere(event.key);
      if (event.key !== ME) return;
      if (event.newValue?.includes('"out":')) this.nineForm.wipe(); // somebody logged out in another tab
      void this.recognise();
    });
    setInterval(() => this.touch(), 1000); // clocks tick, also when nothing comes
    void this.loadDevices();
    setInterval(() => void this.loadDevices(), DEVICES_EVERY_MS);
    this.bindKeys();
  }

  // --- who is here

  /** Asks the server who this is; words that wait are sent as soon as it says. */
  private async recognise(): Promise<void> {
    try {
      this.entered(await this.door.me());
    } catch (fault) {
      if ((fault as { status?: number }).status === 401) this.bar((fault as Error).message);
    }
  }

  /** Until the server answers, what was kept here is shown, marked stale with its age. */
  private async showKept(): Promise<void> {
    const found = await this.kept.read();
    if (found === null || this.live !== null || this.login.open) return;
    [this.live, this.keptAt, this.keptOffset] = [found.picture, found.at, found.offsetMs];
    this.touch();
  }

  private entered(me: Me): void {
    this.kept.again();
    const same = JSON.stringify(me) === JSON.stringify(this.me);
    if (!same) {
      this.me = me;
      localStorage.setItem(ME, JSON.stringify(me));
      this.shell.showPerson(me);
      this.voiceForm.offerAnew();
    }
    this.outbox.sendAs(senderOf(me));
    if (this.login.open) {
      this.login.close();
      this.client?.wake();
    }
    this.touch();
  }

  /** The server asks who this is: the login covers the page, and what is typed or waits stays as it is. */
  private bar(why = ""): void {
    this.outbox.sendAs(null);
    void this.kept.stop();
    if (this.keptAt !== null) [this.live, this.keptAt] = [null, null];
    const mine = this.outbox.posts().filter((post) => post.refused === null);
    if (!this.login.open && why === "") void this.recognise(); // what it has to say before a login
    this.login.show(senderOf(this.me), mine.length);
    if (why !== "") this.login.tell(why.includes("account add") ? why : ""); // how to make the first account
  }

  private async logOut(): Promise<void> {
    if (!this.nineForm.mayLeave()) return;
    try {
      await this.door.logout();
    } catch (fault) {
      return this.say(fault instanceof Error ? fault.message : String(fault), true);
    }
    this.nineForm.wipe();
    localStorage.setItem(ME, JSON.stringify({ ...this.me, out: Date.now() })); // tells the other tabs
    this.bar();
  }

  // --- what screens may ask for

  select(ref: AssetRef | null, go: boolean): void {
    this.selected = ref;
    this.map.layer.select(this.onMap(ref));
    if (ref) this.side.show(ref.kind === "request" ? "requests" : "details");
    if (ref && ref.kind !== "request") this.side.node.parentElement?.scrollTo({ top: 0 });
    if (ref && go) this.goTo(ref);
    this.address.touch();
    this.draw();
  }

  tell(kind: string, texts: Record<string, string>): void {
    this.voiceForm.prefill(kind, texts);
  }

  cancelTask(task: string): void {
    void this.cancelled(task);
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
    const { live, link } = this;
    return {
      epoch: live?.epoch ?? null, seq: live?.seq ?? 0, head: live?.head ?? 0, link: document.body.dataset["link"] ?? null, connected: link.connected,
      offsetMs: link.offsetMs, lane: link.lane, lagMs: link.lagMs, replay: this.replay.active, replayAt: this.replay.active ? new Date(this.replay.instant).toISOString() : null,
      me: { name: this.me.name, role: this.me.role }, login: this.login.open,
      selected: this.selected, queue: this.outbox.posts().length, mission: live?.mission ?? null,
      counts: live ? Object.fromEntries(Object.entries(live.entities).map(([kind, all]) => [kind, Object.keys(all).length])) : null,
      positions: live ? Object.keys(live.positions).length : 0, log: live?.log.map((line) => line.seq) ?? [],
    };
  }

  assets(): unknown {
    return this.map.assets();
  }

  /** CSS pixels of a place, from the top left corner of the map. */
  screen(lon: number, lat: number): [number, number] {
    return this.map.hand.screen([lon, lat]);
  }

  /** When new ways were on the screen, for benches. */
  painted(): unknown {
    return this.map.ways.painted;
  }

  mapHandle(): Record<string, unknown> {
    const { map } = this;
    return { view: () => map.view, drawn: () => map.drawn(), jump: (lon: number, lat: number, zoom: number) => map.jump(lon, lat, zoom), theme: (theme: "day" | "night" | "red") => map.setTheme(theme) };
  }

  // --- building

  private build(): OperationsMap {
    const canvas = el("canvas", { class: "assets-canvas", "aria-hidden": "true" });
    const ground = el("div", { class: "ground" });
    append(this.mapBox, [ground, canvas, this.readout.node, el("p", { class: "credits" }, strings.credits), this.wait]);
    const centre = el("section", { class: "centre" }, this.mapBox, this.table.node, this.facilityBoard.node, this.vehicleBoard.node, this.replay.node);
    const windows = [this.tools.palette, this.changed.floating, this.alertForm.floating, this.voiceForm.floating, this.nineForm.floating, this.entryForm.floating, this.brief.floating, this.queue.floating, this.layers.floating, this.help].map((floating) => floating.node);
    const desk = el("main", { class: "desk" }, el("div", { class: "left" }, this.casualties.node, footnote()), centre, el("aside", { class: "right" }, this.side.node, footnote()), ...windows);
    this.shell.banners.append(this.bell.banner);
    document.body.append(this.shell.header, this.shell.banners, desk, this.shell.toasts, this.summary.node, this.login.node);
    wear(rememberedTheme());
    const map = new OperationsMap(BASE, ground, canvas, shownTheme(), {
      picked: (ref, at) => this.select(ref ?? this.tools.pickHazard(at), false),
      asked: (touch) => this.tools.asked(touch),
      moved: (at) => this.readout.point(at),
      left: () => this.readout.point(null),
      viewed: (view) => this.readout.middle(view),
      trouble: (what) => this.say(strings.mapTrouble(what), true),
    });
    new ResizeObserver(() => map.resize()).observe(this.mapBox);
    onTheme((theme) => map.setTheme(theme));
    map.choose(this.layers.choice);
    if (map.simple) this.say(strings.ground.noWebgl);
    return map;
  }

  private bindKeys(): void {
    const looks = Object.fromEntries([1, 2, 3, 4, 5].map((rank) => [String(rank), () => this.side.show("requests", () => this.requests.look(rank))]));
    keysOn(document, {
      ...looks, b: () => this.views.toggle("facilities"), u: () => this.views.toggle("vehicles"),
      a: () => this.alert(), v: () => this.voice(), 9: () => this.nine(), c: () => this.casualties.focus(), y: () => this.toggleReplay(), n: () => this.theme(), "?": () => this.help.show(null),
      q: () => this.queue.floating.show(null), m: () => this.showTable(false), t: () => this.showTable(true), f: () => this.frame(), z: () => this.goTo(this.selected, 10),
      r: () => this.side.show("requests", () => this.requests.focus()), d: () => this.side.show("details"), l: () => this.side.show("log"), w: () => this.side.show("alarms", () => this.alarms.focus()),
      k: () => this.bell.ackFirst(), i: () => this.entry(), h: () => this.brief.open(), p: () => this.print(),
      o: () => this.side.show("requests", () => void this.requests.find()),
      s: () => this.toggleFollow(), ".": () => this.select(this.map.layer.neighbour(this.onMap(this.selected), 1), false), ",": () => this.select(this.map.layer.neighbour(this.onMap(this.selected), -1), false),
      j: () => this.layers.toggle(),
      " ": () => this.replay.active && this.replay.toggle(), "[": () => this.replay.active && this.replay.jump(-1), "]": () => this.replay.active && this.replay.jump(1),
      ...this.tools.keys(),
      Escape: () => this.tools.escape() || this.select(null, false),
    }, () => this.login.open);
  }

  private toggleFollow(): void {
    this.follow.toggle(this.onMap(this.selected));
    this.draw();
  }

  private buildTools(): Tools {
    const tools = new Tools({
      door: this.door, outbox: this.outbox, desk: () => this.desk, hand: () => this.map.hand, now: () => this.serverNow(), select: (ref, go) => this.select(ref, go),
      goTo: (lon, lat, zoom) => this.map.goTo(lon, lat, zoom), incident: (at) => this.alert(at), showMap: () => this.showTable(false), say: (text, wrong) => this.say(text, wrong),
      notYours: () => this.notYours(), busy: () => this.login.open,
    });
    const runs: Record<string, () => unknown> = {
      alert: () => this.alert(), voice: () => this.voice(), casualties: () => this.casualties.focus(), requests: () => this.side.show("requests", () => this.requests.focus()),
      options: () => this.side.show("requests", () => void this.requests.find()), details: () => this.side.show("details"), alarms: () => this.side.show("alarms", () => this.alarms.focus()),
      log: () => this.side.show("log"), map: () => this.showTable(false), table: () => this.showTable(true), frame: () => this.frame(), zoom: () => this.goTo(this.selected, 10),
      replay: () => this.toggleReplay(), queue: () => this.queue.floating.show(null), theme: () => this.theme(), help: () => this.help.show(null), logOut: () => void this.logOut(),
    };
    tools.commands.add(...pageCommands(runs, () => this.selected !== null, () => this.me.door === "asks"));
    return tools;
  }

  private alert(at: readonly [number, number] | null = null): void {
    if (!may(this.me, "alert_raised")) return this.notYours();
    if (at) this.alertForm.openAt(grid(at[0], at[1], 5));
    else this.alertForm.open();
  }

  private voice(): void {
    if (this.me.may.length === 0) return this.notYours();
    this.voiceForm.open();
  }

  private nine(): void {
    if (!may(this.me, "nine_line_sent")) return this.notYours();
    this.nineForm.open();
  }

  private entry(corrects = ""): void {
    if (!may(this.me, "watch_entry_made")) return this.notYours();
    this.entryForm.open(corrects);
  }

  private print(): void {
    printScreen(this.mapBox, this.serverNow(), (draw) => this.map.painted(draw));
  }

  private notYours(): void {
    this.say(strings.people.notYours(strings.people.roles[this.me.role] ?? this.me.role), true);
  }

  private correct(post: Post): void {
    this.outbox.discard(post.key);
    this.queue.floating.close();
    if (this.nineForm.reopen(post)) return;
    const body = post.body as Record<string, unknown>;
    if (post.typed) this.voiceForm.reopen(String(body["kind"]), post.typed);
    else this.alertForm.reopen(body);
  }

  private posted(post: Post, answer: { status: number; body: unknown }): void {
    if (this.bell.answered(post, answer, inWords(answer)) || this.tools.answered(post, answer) || this.nineForm.answered(post, answer)) return;
    this.brief.answered(post.path);
    const changes = changesIn(answer);
    if (answer.status >= 200 && answer.status < 300) this.say(strings.sent(post.label));
    else if (changes) this.changed.show(post, changes);
    else {
      this.say(`${post.label}. ${strings.queueRefused(inWords(answer))}`, true);
      this.queue.floating.show(null);
    }
  }

  private async cancelled(task: string): Promise<void> {
    const reason = prompt(strings.cancelReason); // a plain question, by keyboard
    if (reason === null) return;
    await this.door.cancel(task, reason, newKey()).then(() => this.say(strings.sent(strings.cancelTask)), (fault: Error) => this.say(fault.message, true));
  }

  private chose(choice: Choice): void {
    this.map.choose(choice);
    this.touch();
  }

  private theme(): void {
    wear(nextTheme(shownTheme()));
    this.say(themeName(shownTheme()));
  }

  private showTable(shown: boolean): void {
    this.views.show(shown ? "table" : "map");
    this.draw();
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

  /** Draws soon; `full`: the screens too, which need no more than one look a second while assets only move. */
  private touch(full = true): void {
    this.full ||= full;
    if (this.dirty) return;
    this.dirty = true;
    const run = (): void => {
      this.dirty = false;
      this.draw();
    };
    if (document.visibilityState === "visible") requestAnimationFrame(run);
    else setTimeout(run, 250); // a hidden tab gets no animation frames but must stay current
  }

  private draw(): void {
    const replay = this.replay.active;
    const live = this.serverNow();
    const now = replay ? this.replay.instant : live;
    this.shell.showLink(this.link, Date.now(), replay, this.keptAt !== null);
    this.shell.showTime(live, now, replay);
    this.bell.update(this.live?.entities.alarms ?? {}, linkState(this.link, Date.now(), false).state === "OFFLINE", live);
    const picture = replay ? (this.replay.picture ?? this.live) : this.live;
    say(this.wait, this.link.noMission ? strings.noMission(MISSION) : strings.loading);
    if (!picture) return;
    this.wait.hidden = true;
    this.shell.showMission(this.live?.mission ?? picture.mission); // a replay before the mission was opened is still of that mission
    this.desk = { picture, now, replay, selected: this.selected, devices: this.devices, me: this.me };
    if (this.full) {
      for (const screen of this.screens) screen.update(this.desk);
      this.nineForm.update();
    }
    this.full = false;
    this.tools.update(this.desk);
    this.map.layer.select(this.onMap(this.selected));
    this.map.show(scene(picture), now);
    this.follow.update(this.onMap(this.selected), scene(picture));
    this.drawLegs(picture);
    this.drawEta(this.desk);
    this.drawHazards(picture, now);
    if (!this.framed) this.frame();
  }

  private drawLegs(picture: Picture): void {
    if (this.drawnChains === picture.entities.chains && this.drawnOption === this.option) return;
    [this.drawnChains, this.drawnOption] = [picture.entities.chains, this.option];
    this.map.drawLegs(legLines(Object.values(picture.entities.chains), this.option), picture.seq);
  }

  private drawEta(desk: Desk): void {
    const chain = desk.selected ? chainOf(desk.selected, desk) : undefined;
    const marks = etaMarks(chain ?? null, desk.now);
    const drawn = JSON.stringify(marks);
    if (drawn === this.drawnEta) return;
    this.drawnEta = drawn;
    this.map.drawEta(marks);
  }

  private drawHazards(picture: Picture, now: number): void {
    const holding = Object.values(picture.entities.hazards).filter((hazard) => hazardHolds(hazard, now));
    const drawn = JSON.stringify(holding);
    if (drawn === this.drawnHazards) return;
    this.drawnHazards = drawn;
    this.map.drawHazards(hazardShapes(holding, now));
  }

  /** A casualty aboard a vehicle is shown by the vehicle, one in a facility by the facility, one of a group by the group. */
  private onMap(ref: AssetRef | null): AssetRef | null {
    const picture = this.desk?.picture;
    if (ref?.kind !== "casualty" || !picture) return ref;
    const casualty = picture.entities.casualties[ref.id];
    if (casualty?.carried_by && vehiclePositions(picture).has(casualty.carried_by)) return { kind: "vehicle", id: casualty.carried_by };
    const group = scene(picture).find((asset) => asset.kind === "casualty" && asset.members.some((member) => member.id === ref.id));
    if (group) return { kind: "casualty", id: group.id };
    return casualty?.facility ? { kind: "facility", id: casualty.facility } : ref;
  }

  private goTo(ref: AssetRef | null, zoom = 0): void {
    const other = ref && this.desk ? { team: this.desk.picture.entities.teams, hazard: this.desk.picture.entities.hazards }[ref.kind as "team" | "hazard"]?.[ref.id] : undefined;
    if (other?.lon != null && other.lat != null) return this.map.goTo(other.lon, other.lat, zoom);
    const place = this.onMap(ref);
    const asset = this.desk && scene(this.desk.picture).find((each) => each.kind === place?.kind && each.id === place.id);
    if (asset) this.map.goTo(asset.lon, asset.lat, zoom);
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

  /** How far each device can be trusted: it changes seldom, and what is shown stays while nobody answers. */
  private async loadDevices(): Promise<void> {
    const cards = await this.door.devices().catch(() => null);
    if (cards) this.devices = Object.fromEntries(cards.map((card) => [card.name, card]));
  }

  private async loadRoads(network: string): Promise<void> {
    this.network = network;
    try {
      const basemap = await this.door.basemap();
      this.map.drawBasemap(basemap);
      if (basemap.state === "roads_only") this.say(strings.ground.undrawn(basemap.message));
      if (basemap.state !== "drawn") this.map.drawRoads(await this.door.roads());
    } catch (fault) {
      setTimeout(() => (this.network = ""), ROADS_RETRY_MS); // asked for again with the next frame after that
      this.say(strings.roadsTrouble(fault instanceof Error ? fault.message : String(fault)), true);
    }
  }
}

/** Forecasts come from assumed speeds: said wherever times are shown, once a panel. */
function footnote(): HTMLElement {
  return el("p", { class: "footnote" }, strings.timesEstimated);
}

const page = new Page();
Object.defineProperty(window, "casevac", { value: Object.freeze({ map: Object.freeze(page.mapHandle()), layer: Object.freeze({ assets: () => page.assets(), screen: (lon: number, lat: number) => page.screen(lon, lat), painted: () => page.painted() }), state: () => page.diagnostic() }) });
page.start();
