/** The page: brings the live link, the map, the screens and the keys together. */
import "@fontsource-variable/inter/wght.css";
import "./style.css";
import { Door } from "./commands/door";
import type { Post } from "./commands/outbox";
import { Outbox, inWords, newKey } from "./commands/outbox";
import type { Me } from "./commands/person";
import { may, readMe, senderOf } from "./commands/person";
import type { Actions, Desk, Screen } from "./desk";
import { grid } from "./grid";
import { keysOn } from "./keys";
import { LiveClient } from "./live/client";
import type { Picture } from "./live/fold";
import type { LinkReport } from "./live/link";
import { linkState } from "./live/link";
import type { DeviceCard, Option } from "./live/protocol";
import { hazardHolds, hazardShapes } from "./map/hazards";
import { legLines } from "./map/legs";
import { OperationsMap } from "./map/map";
import type { AssetRef } from "./map/scene";
import { missionArea } from "./map/area";
import { scene, vehiclePositions } from "./map/scene";
import { Alarms } from "./screens/alarms";
import { AlertForm } from "./screens/alert";
import { AsideList } from "./screens/aside";
import { BriefScreen } from "./screens/brief";
import { CasualtyList } from "./screens/casualties";
import { Details } from "./screens/details";
import { Floating } from "./screens/form";
import { WatchLog } from "./screens/log";
import { Login } from "./screens/login";
import { Queue } from "./screens/queue";
import { Replay } from "./screens/replay";
import { Requests } from "./screens/requests";
import { Shell } from "./screens/shell";
import { AssetTable } from "./screens/table";
import { VoiceForm } from "./screens/voice";
import { strings } from "./strings";
import { Bell } from "./watch/bell";
import { EntryForm } from "./watch/entry";
import { printScreen } from "./watch/print";
import { Tabs } from "./ui/tabs";
import { append, el, ltr, say } from "./ui/dom";

const BASE = new URL(".", document.baseURI).href;
const MISSION = new URLSearchParams(location.search).get("mission");
const ROADS_RETRY_MS = 20_000;
const DEVICES_EVERY_MS = 30_000;
const NO_LINK: LinkReport = { connected: false, lastFrameAt: null, offsetMs: 0, seq: 0, head: 0, trouble: null, noMission: false, complaints: [], barred: false };
const ME = "casevac.me"; // who was here last: for a page that finds no server

class Page implements Actions {
  private live: Picture | null = null;
  private link = NO_LINK;
  private me = readMe(localStorage.getItem(ME));
  private selected: AssetRef | null = null;
  private option: Option | null = null;
  private night = localStorage.getItem("casevac.theme") !== "day";
  private framed = false;
  private network = ""; // whose roads are drawn
  private dirty = false;
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
  private readonly casualties = new CasualtyList(this);
  private readonly requests = new Requests(this, this.door);
  private readonly details = new Details(this, (task) => void this.cancelTask(task));
  private readonly table = new AssetTable(this);
  private readonly bell: Bell = new Bell({ outbox: () => this.outbox, bound: (path) => this.door.bound(path), say: (text, wrong) => this.say(text, wrong), mine: () => may(this.me, "alarm_acknowledged"), refuse: () => this.notYours(), changed: () => this.touch() });
  private readonly alarms = new Alarms(this, this.bell, new AsideList(this.door).node, () => this.side.show("alarms", () => this.alarms.focus()));
  private readonly screens: Screen[];
  private readonly alertForm: AlertForm;
  private readonly voiceForm: VoiceForm;
  private readonly entryForm: EntryForm;
  private readonly brief: BriefScreen;
  private readonly login = new Login(this.door, (me) => this.entered(me));
  private client: LiveClient | null = null;
  private readonly help = new Floating(strings.keys, helpList(), "help");
  private readonly side: Tabs;
  private readonly cursor = ltr("", "cursor");
  private readonly mapBox = el("div", { class: "map-box", role: "region", "aria-label": strings.mapLabel });
  private readonly wait = el("p", { class: "wait" }, strings.loading);

  constructor() {
    this.outbox = new Outbox(localStorage, this.door.post, (posts) => this.queue.show(posts), (post, answer) => this.posted(post, answer));
    this.queue.outbox = this.outbox;
    this.replay = new Replay(this.door, () => this.touch(), (text) => this.say(text, true));
    const buttons = { alert: () => this.alert(), voice: () => this.voice(), replay: () => this.toggleReplay(), theme: () => this.theme(), help: () => this.help.show(null), logOut: () => void this.logOut() };
    this.shell = new Shell(buttons, [this.alarms.badge, this.queue.badge], () => this.replay.leave());
    this.alertForm = new AlertForm(this.door, this.outbox, () => this.serverNow());
    this.voiceForm = new VoiceForm(this.door, this.outbox, () => this.desk, () => this.serverNow(), (kind) => may(this.me, kind));
    this.entryForm = new EntryForm(this.door, this.outbox, () => this.desk);
    this.brief = new BriefScreen(this.door, this.outbox, () => this.serverNow(), () => this.print(), () => this.me.name);
    const log = new WatchLog(this, this.door, (corrects) => this.entry(corrects));
    this.side = new Tabs([["requests", strings.requests, this.requests.node], ["details", strings.details, this.details.node], ["alarms", strings.alarms, this.alarms.node], ["log", strings.log, log.node]], strings.details);
    this.screens = [this.casualties, this.requests, this.details, this.table, this.alarms, log];
    this.map = this.build();
  }

  start(): void {
    this.queue.show(this.outbox.posts());
    this.outbox.sendAs(senderOf(this.me));
    this.shell.showPerson(this.me);
    void this.recognise();
    this.client = new LiveClient(BASE, MISSION, {
      picture: (picture, fresh) => {
        this.live = picture;
        const network = `${picture.mission.id} ${picture.epoch}`;
        if (network !== this.network || fresh.some((line) => line.kind === "roads_chosen")) void this.loadRoads(network);
        this.touch();
      },
      link: (link) => {
        const [again, barred] = [link.connected && !this.link.connected, link.barred && !this.link.barred];
        this.link = link;
        if (barred) this.bar();
        else if (again) void this.recognise();
        this.touch();
      },
    });
    this.client.start();
    addEventListener("storage", (event) => {
      if (event.key === ME) void this.recognise(); // somebody logged in or out in another tab
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

  private entered(me: Me): void {
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
    const mine = this.outbox.posts().filter((post) => post.refused === null);
    if (!this.login.open && why === "") void this.recognise(); // what it has to say before a login
    this.login.show(senderOf(this.me), mine.length);
    if (why !== "") this.login.tell(why.includes("account add") ? why : ""); // how to make the first account
  }

  private async logOut(): Promise<void> {
    try {
      await this.door.logout();
    } catch (fault) {
      return this.say(fault instanceof Error ? fault.message : String(fault), true);
    }
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
    this.draw();
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
      offsetMs: link.offsetMs, replay: this.replay.active, replayAt: this.replay.active ? new Date(this.replay.instant).toISOString() : null,
      me: { name: this.me.name, role: this.me.role }, login: this.login.open,
      selected: this.selected, queue: this.outbox.posts().length, mission: live?.mission ?? null,
      counts: live ? Object.fromEntries(Object.entries(live.entities).map(([kind, all]) => [kind, Object.keys(all).length])) : null,
      positions: live ? Object.keys(live.positions).length : 0, log: live?.log.map((line) => line.seq) ?? [],
    };
  }

  assets(): unknown {
    return this.map.assets();
  }

  // --- building

  private build(): OperationsMap {
    const canvas = el("canvas", { class: "assets-canvas", "aria-hidden": "true" });
    const ground = el("div", { class: "ground" });
    append(this.mapBox, [ground, canvas, this.cursor, el("p", { class: "credits" }, strings.credits), this.wait]);
    this.table.node.hidden = true;
    const centre = el("section", { class: "centre" }, this.mapBox, this.table.node, this.replay.node);
    const windows = [this.alertForm.floating, this.voiceForm.floating, this.entryForm.floating, this.brief.floating, this.queue.floating, this.help].map((floating) => floating.node);
    const desk = el("main", { class: "desk" }, el("div", { class: "left" }, this.casualties.node, footnote()), centre, el("aside", { class: "right" }, this.side.node, footnote()), ...windows);
    this.shell.banners.append(this.bell.banner);
    document.body.append(this.shell.header, this.shell.banners, desk, this.shell.toasts, this.login.node);
    document.documentElement.dataset["theme"] = this.night ? "night" : "day";
    const map = new OperationsMap(BASE, ground, canvas, this.night, {
      picked: (ref) => this.select(ref, false),
      moved: (at) => say(this.cursor, `${grid(at.lon, at.lat)}  ${at.lon.toFixed(4)},${at.lat.toFixed(4)}`),
      trouble: (what) => this.say(strings.mapTrouble(what), true),
    });
    new ResizeObserver(() => map.resize()).observe(this.mapBox);
    return map;
  }

  private bindKeys(): void {
    keysOn(document, {
      a: () => this.alert(), v: () => this.voice(), c: () => this.casualties.focus(), y: () => this.toggleReplay(), n: () => this.theme(), "?": () => this.help.show(null),
      q: () => this.queue.floating.show(null), m: () => this.showTable(false), t: () => this.showTable(true), f: () => this.frame(), z: () => this.goTo(this.selected, 10),
      r: () => this.side.show("requests", () => this.requests.focus()), d: () => this.side.show("details"), l: () => this.side.show("log"), w: () => this.side.show("alarms", () => this.alarms.focus()),
      k: () => this.bell.ackFirst(), i: () => this.entry(), h: () => this.brief.open(), p: () => this.print(),
      o: () => this.side.show("requests", () => void this.requests.find()),
      " ": () => this.replay.active && this.replay.toggle(), "[": () => this.replay.active && this.replay.jump(-1), "]": () => this.replay.active && this.replay.jump(1),
      Escape: () => this.select(null, false),
    }, () => this.login.open);
  }

  private alert(): void {
    if (!may(this.me, "alert_raised")) return this.notYours();
    this.alertForm.open();
  }

  private voice(): void {
    if (this.me.may.length === 0) return this.notYours();
    this.voiceForm.open();
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
    const body = post.body as Record<string, unknown>;
    if (post.typed) this.voiceForm.reopen(String(body["kind"]), post.typed);
    else this.alertForm.reopen(body);
  }

  private posted(post: Post, answer: { status: number; body: unknown }): void {
    if (this.bell.answered(post, answer, inWords(answer))) return;
    this.brief.answered(post.path);
    if (answer.status >= 200 && answer.status < 300) this.say(strings.sent(post.label));
    else {
      this.say(`${post.label}. ${strings.queueRefused(inWords(answer))}`, true);
      this.queue.floating.show(null);
    }
  }

  private async cancelTask(task: string): Promise<void> {
    const reason = prompt(strings.cancelReason); // a plain question, by keyboard
    if (reason === null) return;
    await this.door.cancel(task, reason, newKey()).then(() => this.say(strings.sent(strings.cancelTask)), (fault: Error) => this.say(fault.message, true));
  }

  private theme(): void {
    this.night = !this.night;
    localStorage.setItem("casevac.theme", this.night ? "night" : "day");
    document.documentElement.dataset["theme"] = this.night ? "night" : "day";
    this.map.setNight(this.night);
  }

  private showTable(shown: boolean): void {
    this.table.node.hidden = !shown;
    this.mapBox.hidden = shown;
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

  private touch(): void {
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
    this.shell.showLink(this.link, Date.now(), replay);
    this.shell.showTime(live, now, replay);
    this.bell.update(this.live?.entities.alarms ?? {}, linkState(this.link, Date.now(), false).state === "OFFLINE", live);
    const picture = replay ? (this.replay.picture ?? this.live) : this.live;
    say(this.wait, this.link.noMission ? strings.noMission(MISSION) : strings.loading);
    if (!picture) return;
    this.wait.hidden = true;
    this.shell.showMission(this.live?.mission ?? picture.mission); // a replay before the mission was opened is still of that mission
    this.desk = { picture, now, replay, selected: this.selected, devices: this.devices, me: this.me };
    for (const screen of this.screens) screen.update(this.desk);
    this.map.show(scene(picture), now);
    this.map.layer.select(this.onMap(this.selected));
    this.drawLegs(picture);
    this.drawHazards(picture, now);
    if (!this.framed) this.frame();
  }

  private drawLegs(picture: Picture): void {
    if (this.drawnChains === picture.entities.chains && this.drawnOption === this.option) return;
    [this.drawnChains, this.drawnOption] = [picture.entities.chains, this.option];
    this.map.drawLegs(legLines(Object.values(picture.entities.chains), this.option));
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
    this.framed = true;
    this.map.fit(points);
  }

  /** How far each device can be trusted: it changes seldom, and what is shown stays while nobody answers. */
  private async loadDevices(): Promise<void> {
    const cards = await this.door.devices().catch(() => null);
    if (cards) this.devices = Object.fromEntries(cards.map((card) => [card.name, card]));
  }

  private async loadRoads(network: string): Promise<void> {
    this.network = network;
    try {
      this.map.drawRoads(await this.door.roads());
    } catch (fault) {
      setTimeout(() => (this.network = ""), ROADS_RETRY_MS); // asked for again with the next frame after that
      this.say(strings.roadsTrouble(fault instanceof Error ? fault.message : String(fault)), true);
    }
  }
}

function helpList(): HTMLElement {
  return el("dl", { class: "keys" }, ...strings.help.map(([key, words]) => el("div", {}, el("dt", {}, el("kbd", {}, key)), el("dd", {}, words))));
}

/** Forecasts come from assumed speeds: said wherever times are shown, once a panel. */
function footnote(): HTMLElement {
  return el("p", { class: "footnote" }, strings.timesEstimated);
}

const page = new Page();
Object.defineProperty(window, "casevac", { value: Object.freeze({ layer: Object.freeze({ assets: () => page.assets() }), state: () => page.diagnostic() }) });
page.start();
