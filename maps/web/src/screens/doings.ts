/** What can be told of the thing that is chosen: the forms of the radio calls, with what is known filled in. Pure. */
import { may } from "../commands/person";
import type { Desk } from "../desk";
import type { AssetRef } from "../map/scene";
import { strings } from "../strings";

export interface Doing {
  label: string;
  kind: string;
  texts: Record<string, string>;
}

/** The doings at hand come first; how many of them are at hand. */
export const AT_HAND = 5;

export function doingsOf(ref: AssetRef, desk: Desk): Doing[] {
  if (desk.replay) return [];
  const found = { casualty: ofCasualty, vehicle: ofVehicle, facility: ofFacility }[ref.kind as "casualty" | "vehicle" | "facility"]?.(ref.id, desk) ?? [];
  return found.filter((one) => may(desk.me, one.kind));
}

const doing = (kind: string, texts: Record<string, string>, label: string = kind): Doing => ({ label: strings.screens.actions[label] ?? strings.voice.kinds[kind] ?? kind, kind, texts });

function ofCasualty(id: string, desk: Desk): Doing[] {
  const casualty = desk.picture.entities.casualties[id];
  if (!casualty) return [];
  const chain = casualty.chain ? desk.picture.entities.chains[casualty.chain] : undefined;
  const own = { casualty: id };
  const to = casualty.facility === null && chain ? { facility: chain.facility } : undefined;
  return [
    doing("casualty_triaged", own),
    doing("treatment_given", { ...own, treatment: "tourniquet" }, "tourniquet"),
    doing("treatment_given", own),
    ...(casualty.carried_by === null && casualty.facility === null ? [doing("casualty_loaded", { ...own, ...(chain?.vehicles[0] ? { vehicle: chain.vehicles[0] } : {}) })] : [doing("casualty_handed_over", { ...own, ...to })]),
    doing("vitals_taken", own),
    doing("mist_reported", own),
    doing("bleeding_controlled", own),
    doing("precedence_decided", own),
    ...(casualty.carried_by === null && casualty.facility === null ? [doing("casualty_handed_over", { ...own, ...to })] : []),
    doing("casualty_reported", { ...own, ...(casualty.request ? { request: casualty.request } : {}) }),
    doing("question_asked", own),
    doing("outcome_decided", own),
    doing("casualties_merged", { kept: id }),
    ...casualty.also.slice(0, 1).map((merged) => doing("casualties_split", { kept: id, merged })),
  ];
}

function ofVehicle(id: string, desk: Desk): Doing[] {
  const vehicle = desk.picture.entities.vehicles[id];
  if (!vehicle) return [];
  const task = vehicle.task ? { task: vehicle.task.id } : null;
  const asked = task && vehicle.task?.status === "sent" ? [doing("task_accepted", task), doing("task_declined", task)] : [];
  return [
    doing("vehicle_status_changed", { vehicle: id }),
    ...asked,
    doing("vehicle_condition_reported", { vehicle: id }),
    doing("position", { vehicle: id }),
    ...(task ? [doing("task_finished", task)] : []),
  ];
}

function ofFacility(id: string, desk: Desk): Doing[] {
  const chains = Object.values(desk.picture.entities.chains).filter((chain) => chain.status === "active" && chain.facility === id);
  const asked = chains.find((chain) => chain.inbound.state === "asked") ?? chains[0];
  return [
    doing("facility_status_reported", { facility: id }),
    ...(asked ? [doing("inbound_answered", { facility: id, chain: asked.id })] : []),
    doing("bed_reserved", { facility: id }),
  ];
}
