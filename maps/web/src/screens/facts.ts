/** What is told of an entity, fact by fact, and what was not told. Pure. */
import type { Desk } from "../desk";
import { grid } from "../grid";
import type { Casualty, Chain, Facility, Figure, Hazard, Leg, NineLine, Position, Request, Site, Team, Vehicle } from "../live/protocol";
import type { AssetRef } from "../map/scene";
import { vehiclePositions } from "../map/scene";
import { stateWord, strings } from "../strings";
import { age, clockZ, dateTimeGroup, instant, minutes, span, spanZ, statusAt } from "../times";
import { clockWords } from "./clocks";

export type Fact = [label: string, text: string, look?: "wrong" | "doubt" | ""];
export interface Described {
  title: string;
  facts: Fact[];
  links: AssetRef[];
  task: string | null;
}
const facts = strings.facts;
const DAYS_AS_DATE = 2 * 86_400_000; // what is older is told with its day

export function describe(ref: AssetRef, desk: Desk): Described | null {
  const { entities, positions } = desk.picture;
  const id = ref.id;
  switch (ref.kind) {
    case "casualty":
      return known(entities.casualties[id], (found) => casualty(found, desk));
    case "vehicle":
      return known(entities.vehicles[id], (found) => vehicle(found, desk));
    case "facility":
      return known(entities.facilities[id], (found) => facility(found, desk.now));
    case "site":
      return known(entities.sites[id], (found) => plain(found.name, site(found, desk.now)));
    case "request":
      return known(entities.requests[id], (found) => request(found, desk));
    case "team":
      return known(entities.teams[id], (found) => team(found, desk.now));
    case "hazard":
      return known(entities.hazards[id], (found) => plain(found.name || found.id, hazard(found, desk.now)));
    case "device":
      return known(positions[id], (found) => plain(found.device, fixFacts(found, desk)));
  }
}

const known = <T>(found: T | undefined, tell: (found: T) => Described): Described | null => (found === undefined ? null : tell(found));
const plain = (title: string, list: Fact[]): Described => ({ title, facts: list, links: [], task: null });
export const when = (at: string | null | undefined, now: number): string => {
  const ms = instant(at);
  if (ms === null) return "";
  if (Math.abs(now - ms) > DAYS_AS_DATE) return dateTimeGroup(ms);
  return ms > now ? `${clockZ(ms)} (${strings.ahead(age(ms - now))})` : `${clockZ(ms)} (${age(now - ms)})`;
};
const metres = (value: number | null): string => (value === null || value === 0 ? "" : `${Math.round(value)} m`);
const place = (lon: number | null, lat: number | null): string => (lon === null || lat === null ? strings.notPlaced : `${grid(lon, lat)}  ·  ${lon.toFixed(4)},${lat.toFixed(4)}`);
const told = (value: number | null): string => (value === null ? strings.notTold : String(value));
const join = (...words: (string | null | undefined)[]): string => words.filter((word) => word !== "" && word !== null && word !== undefined).join(" · ");
const doubtful = (label: string, list: readonly string[]): Fact => [label, list.join("\n"), "doubt"];

// --- casualties

function casualty(c: Casualty, desk: Desk): Described {
  const band = c.injury_uncertainty_s ? ` · ${strings.injuryBand(minutes(c.injury_uncertainty_s * 1000))}` : "";
  const links: AssetRef[] = [];
  if (c.request) links.push({ kind: "request", id: c.request });
  if (c.carried_by) links.push({ kind: "vehicle", id: c.carried_by });
  if (c.facility) links.push({ kind: "facility", id: c.facility });
  const list: Fact[] = [
    [facts.category, join(strings.category(c.category), triageWords(c, desk.now))],
    [facts.precedence, precedence(c)],
    [facts.state, stateWord(c.state)],
    [facts.outcome, c.outcome ? join(stateWord(c.outcome.outcome), c.outcome.reason, c.outcome.by, when(c.outcome.at, desk.now)) : ""],
    ...clocks(c, desk.now),
    [facts.forecast, c.forecast_estimated ? strings.estimatedForecast : ""],
    ...c.tourniquets.map((one, index): Fact => [`${facts.tourniquet} ${index + 1}`, join(one.site || strings.unknown, strings.since(when(one.since, desk.now)), one.alert ? strings.tooLong : ""), one.alert ? "wrong" : ""]),
    [facts.retriage, c.retriage, "doubt"],
    doubtful(facts.doubts, c.doubts),
    [facts.injury, c.injury_at ? when(c.injury_at, desk.now) + band : strings.unknown],
    [facts.what, c.what],
    ...mist(c, desk.now),
    [facts.vitals, vitals(c, desk.now)],
    [facts.treatments, c.treatments.map((one) => join(when(one.at, desk.now), stateWord(one.treatment), one.site, one.dose, one.detail, one.by)).join("\n")],
    [facts.needs, c.needs.join(", ")],
    [facts.belongs, join(c.affiliation === "unknown" ? "" : stateWord(c.affiliation), c.age_group === "unknown" ? "" : stateWord(c.age_group))],
    [facts.eligibility, c.eligibility ? join(c.eligibility.eligible ? strings.eligible : strings.notEligible, c.eligibility.authority, c.eligibility.reason) : ""],
    [facts.questions, questions(c, desk)],
    [facts.place, place(c.lon, c.lat)],
    [facts.uncertainty, metres(c.uncertainty_m)],
    [facts.source, c.source ?? ""],
    [facts.also, c.also.join(", ")],
    ...chainFacts(c.chain ? desk.picture.entities.chains[c.chain] : undefined, desk),
  ];
  return { title: c.id, facts: list, links, task: null };
}

/** Each step of 10-1-2 with what proves it. */
function clocks(c: Casualty, now: number): Fact[] {
  return c.clocks.map((clock): Fact => {
    const limit = instant(clock.target_at);
    const proof = clock.proof ? strings.proof(join(clock.proof.words, clock.proof.by), when(clock.proof.at, now)) : "";
    const status = statusAt(clock, now);
    return [`${strings.step(clock.step)} ${strings.stepName(clock.step)}`, join(`${strings.clockSign(status)} ${clockWords(clock, status, now)}`, limit === null ? "" : strings.limitAt(clockZ(limit))) + (proof ? `\n${proof}` : "")];
  });
}

function triageWords(c: Casualty, now: number): string {
  const last = c.triage.filter((one) => one.counts).at(-1);
  return last ? join(last.by, when(last.at, now), last.reason, last.not_breathing ? strings.notBreathing : "") : "";
}

function precedence(c: Casualty): string {
  const { now, suggested, decided, by, reason } = c.precedence;
  const differs = decided !== null && suggested !== decided ? strings.suggested(stateWord(suggested)) : "";
  return join(stateWord(now), decided === null ? strings.fromTriage : strings.decidedBy(by ?? ""), reason, differs);
}

function mist(c: Casualty, now: number): Fact[] {
  const { mechanism, injuries, signs, treatment, missing, completeness } = c.mist;
  if (completeness === 0) return [[facts.mist, strings.notTold]];
  const lines = [["M", mechanism], ["I", injuries], ["S", signs], ["T", treatment]].filter(([, text]) => text).map(([letter, text]) => `${letter}: ${text}`);
  const years = c.mist.age_years === null ? "" : `A: ${c.mist.age_years}`;
  const hurt = c.mist.injury_at ? `T: ${when(c.mist.injury_at, now)}` : "";
  const lacking = missing.length > 0 ? strings.missing(missing.map(stateWord).join(", ")) : "";
  return [[facts.mist, [years, hurt, ...lines, lacking].filter((line) => line !== "").join("\n")]];
}

const UNITS: Record<string, string> = { spo2: " %", temperature_c: " °C", capillary_refill_s: " s", pain: "/10" };

function vitals(c: Casualty, now: number): string {
  const { latest, count } = c.vitals;
  if (!latest) return "";
  const { at, by, id: _, ...signs } = latest;
  const words = Object.entries(signs).filter(([, value]) => value !== null && value !== "").map(([name, value]) => `${strings.voice.fields[name] ?? name} ${String(value)}${UNITS[name] ?? ""}`);
  return `${words.join(", ")}\n${join(when(at, now), by, count > 1 ? strings.ofMany(count) : "")}`;
}

function questions(c: Casualty, desk: Desk): string {
  const mine = Object.values(desk.picture.entities.questions).filter((one) => one.casualty === c.id);
  return mine.map((one) => `${join(one.text, one.to, stateWord(one.urgency ?? ""))}\n→ ${one.answer === null ? strings.notAnswered : join(one.answer, one.answered_by)}`).join("\n");
}

// --- chains

/** How the launch stands and what the receiving facility said. */
export function approvalWords(chain: Chain): string {
  const { state, needed, authorities, by, reason } = chain.approval;
  if (state === "not_needed") return "";
  if (state === "awaiting") return strings.awaiting(needed.join(", "), authorities.join(` ${strings.or} `));
  return join(state === "approved" ? strings.approvedBy(by ?? "") : strings.deniedBy(by ?? ""), reason);
}

export function inboundWords(chain: Chain, desk: Desk): string {
  const name = desk.picture.entities.facilities[chain.inbound.facility]?.name ?? chain.inbound.facility;
  return join(strings.inbound[chain.inbound.state](name), chain.inbound.reason, chain.inbound.by);
}

function chainFacts(chain: Chain | undefined, desk: Desk): Fact[] {
  if (!chain) return [];
  const name = (leg: Leg): string => desk.picture.entities.vehicles[leg.vehicle]?.callsign ?? leg.vehicle;
  const state = chain.approval.state;
  const legs = chain.legs.map((leg, index): Fact => {
    const [p50, p90] = [instant(leg.arrive_p50_at), instant(leg.arrive_p90_at)];
    const eta = p50 === null || p90 === null ? "" : ` ${spanZ(p50, p90)}`;
    const guess = leg.estimated ? ` · ${strings.estimatedMark}` : "";
    return [`${facts.chain} ${index + 1}`, `${name(leg)} ${stateWord(leg.purpose)}: ${leg.from.name} → ${leg.to.name}, ${(leg.metres / 1000).toFixed(1)} km,${eta} (${stateWord(leg.state ?? "planned")})${guess}`];
  });
  return [
    [facts.chain, join(chain.id, stateWord(chain.status), chain.why), chain.status === "cancelled" ? "wrong" : ""],
    [facts.approval, approvalWords(chain), state === "awaiting" || state === "denied" ? "wrong" : ""],
    [facts.answer, inboundWords(chain, desk), chain.inbound.state === "refused" ? "wrong" : ""],
    [facts.late, chain.late.join("\n"), "wrong"],
    ...legs,
  ];
}

// --- vehicles, teams

function fixFacts(fix: Position | undefined, desk: Desk): Fact[] {
  if (!fix) return [[facts.fix, strings.noFix]];
  const now = desk.now;
  const card = desk.devices[fix.device];
  const flags = flagWords(fix.flags ?? []);
  const accuracy = fix.uncertainty_m > 0 ? fix.uncertainty_m : fix.accuracy;
  return [
    [facts.place, place(fix.lon, fix.lat)],
    [facts.fix, when(fix.at, now)],
    [facts.told, fix.source === "voice" ? strings.byVoice(fix.speaker ?? "") : ""],
    [facts.speed, fix.speed === null ? "" : `${Math.round(fix.speed * 3.6)} km/h`],
    [facts.course, fix.course === null ? "" : `${Math.round(fix.course)}°`],
    [fix.uncertainty_m > 0 ? facts.uncertainty : facts.accuracy, metres(accuracy)],
    [facts.battery, fix.battery === null ? "" : `${Math.round(fix.battery)} %`],
    [facts.flags, flags, flags ? "doubt" : ""],
    [facts.device, fix.device],
    [facts.guarantee, card?.guarantee ? strings.guarantees[card.guarantee] : ""],
    [facts.clock, card?.clock.words ?? "", card?.clock.offset_s ? "doubt" : ""],
  ];
}

/** What is doubtful about a position, in words. */
export const flagWords = (flags: readonly string[]): string => flags.map((flag) => strings.flags[flag] ?? flag).join(", ");

function vehicle(v: Vehicle, desk: Desk): Described {
  const fix = vehiclePositions(desk.picture).get(v.id);
  const links: AssetRef[] = v.aboard.map((id) => ({ kind: "casualty", id }));
  if (v.task) links.unshift({ kind: "request", id: v.task.request });
  links.push(...v.teams.map((id): AssetRef => ({ kind: "team", id })));
  const list: Fact[] = [
    [facts.state, stateWord(v.state)],
    [facts.kind, v.kind === "air" ? strings.aircraft : stateWord(v.kind)],
    doubtful(facts.doubts, v.doubts),
    [facts.task, v.task ? `${v.task.id} · ${stateWord(v.task.status)}` : ""],
    [facts.aboard, v.aboard.join(", ")],
    [facts.room, strings.litters(v.litters, v.seats)],
    [facts.crew, v.medical_crew ? strings.medicalCrew : strings.noMedicalCrew],
    [facts.equipment, v.equipment === null ? strings.notTold : v.equipment.map(stateWord).join(", ") || strings.noneAtAll],
    [facts.ready, v.ready_at ? when(v.ready_at, desk.now) : ""],
    [facts.range, v.range_km === null ? "" : `${v.range_km} km`],
    [facts.duty, when(v.duty_ends_at, desk.now)],
    [facts.condition, figures(v.condition, desk.now)],
    ...fixFacts(fix, desk),
    [facts.profile, v.profile],
    [facts.operator, v.operator],
    [facts.home, v.home?.name ?? ""],
    ...chainFacts(v.task ? desk.picture.entities.chains[v.task.chain] : undefined, desk),
  ];
  return { title: v.callsign, facts: list, links, task: v.task?.id ?? null };
}

function team(t: Team, now: number): Described {
  const links: AssetRef[] = [];
  if (t.vehicle) links.push({ kind: "vehicle", id: t.vehicle });
  if (t.facility) links.push({ kind: "facility", id: t.facility });
  const list: Fact[] = [
    [facts.kind, stateWord(t.kind)],
    [facts.state, t.state],
    [facts.count, String(t.members)],
    [facts.duty, when(t.duty_ends_at, now)],
    [facts.condition, figures(t.condition, now)],
    [facts.place, t.lon === null ? "" : place(t.lon, t.lat)],
    [facts.source, t.demonstration ? strings.demonstration : ""],
  ];
  return { title: t.name, facts: list, links, task: null };
}

/** Each figure on a line with its age, and whether it is too old to rely on. */
export function figures(board: readonly Figure[], now: number): string {
  return board.map((one) => `${stateWord(one.what.replaceAll(".", " "))}: ${figureWords(one, now)}`).join("\n");
}

const figureWords = (one: Figure, now: number): string => join(figure(one.value), when(one.as_of, now), one.by || one.source, isOld(one, now) ? strings.staleFigure : "");

export const isOld = (one: Figure, now: number): boolean => (instant(one.stale_after) ?? Number.POSITIVE_INFINITY) < now;

function figure(value: unknown): string {
  if (Array.isArray(value)) return value.map(figure).join(", ") || strings.noneAtAll;
  if (typeof value === "object" && value !== null) return Object.values(value).filter((each) => each !== null).map(figure).join(" ");
  return value === null ? strings.notTold : String(value);
}

// --- facilities, sites, hazards

function facility(f: Facility, now: number): Described {
  const mark = f.demonstration ? ` · ${strings.demonstration}` : "";
  const rooms = f.rooms.map((room) => join(`${stateWord(room.bed)}: ${strings.beds(told(room.free), told(room.staffed))}`, room.reserved > 0 ? strings.reserved(room.reserved) : "", room.inbound > 0 ? strings.onTheWay(room.inbound) : "", room.left === null ? "" : strings.left_over(room.left)));
  const list: Fact[] = [
    [facts.state, join(stateWord(f.accepting), f.reason), f.open ? "" : "wrong"],
    [facts.level, f.level],
    [facts.can, f.capabilities.join(", ")],
    [facts.overCapacity, f.over_capacity, "wrong"],
    [facts.beds, rooms.join("\n") || `${told(f.beds.free)} / ${told(f.beds.staffed)}`],
    [facts.reservations, f.reservations.map((one) => join(one.casualty, stateWord(one.bed), one.by, one.until ? strings.until(when(one.until, now)) : "", one.overbooked ? strings.overbooked : "", one.unconfirmed ? strings.unconfirmed : "")).join("\n"), f.reservations.some((one) => one.overbooked) ? "wrong" : ""],
    [facts.tables, told(f.tables)],
    [facts.theatre, join(f.theatre.queue === null ? "" : strings.queued(f.theatre.queue), f.theatre.free_at ? strings.tableFree(when(f.theatre.free_at, now)) : "")],
    [facts.blood, f.blood === null ? strings.notTold : f.blood.map((one) => join(`${one.group} ${one.units}`, one.expires_at ? strings.until(one.expires_at.slice(0, 10)) : "")).join("\n") || strings.noneAtAll],
    ...f.board.map((one): Fact => [strings.board(stateWord(one.what.replaceAll(".", " "))), figureWords(one, now), isOld(one, now) ? "doubt" : ""]),
    [facts.inbound, f.inbound.join(", ")],
    [facts.patients, f.patients.join(", ")],
    [facts.place, place(f.lon, f.lat)],
    [facts.source, `${f.source}${mark}`],
    [facts.date, f.date],
  ];
  const links = [...f.patients, ...f.inbound].map((id): AssetRef => ({ kind: "casualty", id }));
  return { title: f.name, facts: list, links, task: null };
}

function site(s: Site, now: number): Fact[] {
  const mark = s.demonstration ? ` · ${strings.demonstration}` : "";
  const l = s.landing, words = strings.landing;
  const bad = l.wires === true || l.by_night === false || l.by_day === false;
  const landing = join(
    l.radius_m === null ? "" : words.radius(metres(l.radius_m)),
    l.strip_m === null || l.strip_m === 0 ? "" : words.strip(metres(l.strip_m)),
    l.surface ?? "",
    l.slope_deg === null ? "" : words.slope(l.slope_deg),
    l.wires === null ? "" : l.wires ? words.wires : words.noWires,
    l.by_night === null ? "" : l.by_night ? words.night : words.noNight,
    l.by_day === false ? words.noDay : "",
    l.marking ?? "",
    l.elevation_m === null ? "" : words.elevation(metres(l.elevation_m)),
  );
  const obstacles = l.obstacles === null ? "" : l.obstacles.length === 0 ? words.none : l.obstacles.map((one) => words.obstacle(one.what ?? "", one.height_m, one.distance_m, one.bearing_deg)).join("; ");
  return [
    [facts.kind, stateWord(s.kind)],
    [facts.place, place(s.lon, s.lat)],
    [facts.landing, landing, bad ? "doubt" : ""],
    [facts.obstacles, obstacles],
    [facts.checked, join(when(s.checked_at, now), s.checked_by)],
    [facts.source, `${s.source}${mark}`],
  ];
}

function hazard(h: Hazard, now: number): Fact[] {
  const over = h.lifted_at !== null ? strings.lifted(when(h.lifted_at, now)) : (instant(h.until) ?? now) < now ? strings.overSince(when(h.until, now)) : (instant(h.since) ?? now) > now ? strings.beginsAt(when(h.since, now)) : strings.inForce;
  return [
    [facts.kind, stateWord(h.kind)],
    [facts.state, over],
    [facts.affects, h.affects.map(stateWord).join(", ")],
    [facts.effect, join(stateWord(h.effect), h.severity === null ? "" : strings.severity(h.severity), h.speed_factor === null ? "" : strings.speedLeft(h.speed_factor))],
    [facts.place, place(h.lon, h.lat)],
    [facts.radius, metres(h.radius_m)],
    [facts.source, h.source],
    [facts.told, join(when(h.reported_at, now), h.by, h.author)],
    [facts.since, when(h.since, now)],
    [facts.until, when(h.until, now)],
  ];
}

// --- requests

function request(r: Request, desk: Desk): Described {
  const list: Fact[] = [
    [facts.state, r.stood_down ? strings.stoodDown(join(r.stood_down.reason, r.stood_down.by)) : stateWord(r.state)],
    ...requestFacts(r, desk),
    [facts.what, r.what],
    [facts.who, r.who],
    [facts.count, String(r.how_many)],
    [facts.place, `${r.place}  ${place(r.lon, r.lat)}`],
    [facts.uncertainty, metres(r.uncertainty_m)],
    [facts.opened, when(r.opened_at, desk.now)],
    [facts.source, r.source ?? ""],
  ];
  return { title: strings.request.title(r.id), facts: list, links: r.casualties.map((id) => ({ kind: "casualty", id })), task: null };
}

/** What a request is known by beside its four facts: acknowledged, 9-line, METHANE, who was warned, in whose hands it is. */
export function requestFacts(r: Request, desk: Desk): Fact[] {
  const nine = r.nine_line;
  const lines = (nine?.lines ?? []).map((one): Fact => [`${one.line} ${one.title}`, one.text]);
  const chains = Object.values(desk.picture.entities.chains).filter((chain) => chain.request === r.id && (chain.status === "active" || chain.approval.state === "denied"));
  return [
    [facts.acknowledged, r.acknowledged_at ? join(when(r.acknowledged_at, desk.now), r.acknowledged_by) : strings.notYet, r.acknowledged_at ? "" : "doubt"],
    doubtful(facts.warnings, r.warnings),
    [facts.duplicates, r.possible_duplicates.map((one) => join(one.request, one.words)).join("\n"), "doubt"],
    [facts.nineLine, nine ? join(nine.dialect, nine.verified ? "" : strings.unverified, nine.launchable ? strings.launchable : strings.missing(nine.missing.join("; ")), readBackWords(nine)) : strings.notTold, nine && (!nine.launchable || !nine.verified) ? "doubt" : ""],
    ...lines,
    [facts.remarks, nine?.remarks ?? ""],
    [facts.methane, r.methane ? r.methane.parts.map((one) => `${one.title}: ${one.text}`).join("\n") + (r.methane.missing.length > 0 ? `\n${strings.missing(r.methane.missing.join(", "))}` : "") : ""],
    ...chains.flatMap((chain): Fact[] => [[`${facts.approval} ${chain.id}`, approvalWords(chain), ["awaiting", "denied"].includes(chain.approval.state) ? "wrong" : ""], [`${facts.answer} ${chain.id}`, chain.status === "active" ? inboundWords(chain, desk) : "", chain.inbound.state === "refused" ? "wrong" : ""]]),
    [facts.warned, r.warned.map((one) => join(one.asset, one.ready === null ? strings.notAnswered : one.ready ? strings.ready : one.ready_at ? strings.readyAt(when(one.ready_at, desk.now)) : strings.cannot, one.reason)).join("\n")],
    [facts.hands, r.hands.map((one) => join(one.who, one.what, one.seconds === null ? strings.running(span(desk.now - (instant(one.since) ?? desk.now))) : span(one.seconds * 1000))).join("\n")],
  ];
}

/** Whether the 9-line was confirmed as it was read back, and by whom. */
function readBackWords(nine: NineLine): string {
  const { readBack } = strings.nine;
  if (!nine.read_back) return "";
  return nine.read_back.current ? readBack.short(nine.read_back.by, clockZ(instant(nine.read_back.at) ?? 0)) : readBack.old;
}
