/** The next thing to do for a casualty, and whether it waits for a person in this room. Pure. */
import type { Desk } from "../desk";
import type { Casualty, Chain, Leg } from "../live/protocol";
import { strings } from "../strings";
import { clockZ, instant, spanZ } from "../times";

const words = strings.screens.next;

export interface Next {
  words: string;
  ours: boolean; // somebody at this desk has to act
}
const ours = (text: string): Next => ({ words: text, ours: true });
const theirs = (text: string): Next => ({ words: text, ours: false });

export function nextThing(casualty: Casualty, desk: Desk): Next | null {
  if (casualty.category === "DEAD" || casualty.state === "deceased") return null;
  const [care, way] = [urgent(casualty), casualty.facility ? inside(casualty, desk) : onTheWay(casualty, desk)];
  if (care === null) return way;
  return way.ours ? ours(`${way.words} · ${care.words}`) : care;
}

/** What cannot wait for any vehicle. */
function urgent(casualty: Casualty): Next | null {
  if (casualty.category === "UNKNOWN") return ours(words.triage);
  const tight = casualty.tourniquets.find((one) => one.alert);
  if (tight) return ours(words.tourniquet(tight.minutes));
  if (casualty.retriage) return ours(words.retriage(casualty.retriage));
  const bleeding = casualty.clocks.find((clock) => clock.step === "bleeding_control");
  const open = bleeding && !bleeding.actual_at && !["met", "late", "not_needed"].includes(bleeding.status);
  return open && casualty.carried_by === null && casualty.facility === null ? ours(words.bleeding) : null;
}

function inside(casualty: Casualty, desk: Desk): Next {
  const name = facilityName(casualty.facility as string, desk);
  const surgery = casualty.clocks.find((clock) => clock.step === "surgery");
  const at = instant(surgery?.forecast_p50_at);
  if (surgery && !surgery.actual_at && surgery.status !== "not_needed" && at !== null) return theirs(words.surgery(spanZ(at, instant(surgery.forecast_p90_at))));
  return theirs(words.care(name));
}

function onTheWay(casualty: Casualty, desk: Desk): Next {
  const { chains, requests, facilities } = desk.picture.entities;
  const chain = casualty.chain ? chains[casualty.chain] : undefined;
  if (!chain) {
    const request = casualty.request ? requests[casualty.request] : undefined;
    if (!request || request.stood_down) return ours(words.walk);
    if (!request.acknowledged_at) return ours(words.acknowledge(request.id));
    return ours(words.choose(request.id));
  }
  if (chain.approval.state === "awaiting") return ours(words.approval(chain.approval.authorities.join(` ${strings.or} `) || strings.unknown));
  if (chain.inbound.state === "refused") return ours(words.divert(facilities[chain.inbound.facility]?.name ?? chain.inbound.facility));
  if (casualty.state === "arrived") return ours(words.handOver(facilityName(chain.facility, desk)));
  return underWay(casualty, chain, desk);
}

function underWay(casualty: Casualty, chain: Chain, desk: Desk): Next {
  const { vehicles } = desk.picture.entities;
  const crew = (id: string): string => vehicles[id]?.callsign ?? id;
  const silent = chain.vehicles.find((id) => vehicles[id]?.task?.chain === chain.id && vehicles[id]?.task?.status === "sent");
  const leg = nextLeg(chain, casualty);
  if (casualty.carried_by === null && silent) return theirs(words.answer(crew(silent)));
  if (!leg) return theirs(words.arrive(facilityName(chain.facility, desk), ""));
  const [p50, p90] = [instant(leg.arrive_p50_at), instant(leg.arrive_p90_at)];
  const at = p50 === null ? strings.unknown : p90 === null ? clockZ(p50) : spanZ(p50, p90);
  return casualty.carried_by === null ? theirs(words.pickUp(crew(leg.vehicle), at)) : theirs(words.arrive(leg.to.name, at));
}

/** The leg whose end comes next for the casualty: to the pick-up, or with the casualty aboard. */
export function nextLeg(chain: Chain, casualty: Casualty): Leg | undefined {
  const open = chain.legs.filter((leg) => leg.state !== "done");
  const carries = (leg: Leg): boolean => leg.casualties?.includes(casualty.id) ?? false;
  return casualty.carried_by === null ? (open.find((leg) => !carries(leg)) ?? open[0]) : (open.find(carries) ?? open[0]);
}

export const facilityName = (id: string, desk: Desk): string => desk.picture.entities.facilities[id]?.name ?? id;
