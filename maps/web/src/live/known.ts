/** Which ids of a group are known now, with words to choose them by. Pure. */
import type { Desk } from "../desk";
import { stateWord, strings } from "../strings";
import type { Entities } from "./protocol";

export type Known = [id: string, words: string];

/** Every id of a group, in an order fit for a list; `assets` are vehicles, teams and facilities together. */
export function idsOf(group: string, entities: Entities): Known[] {
  const { casualties, vehicles, facilities, requests, chains, teams, hazards, questions, sites } = entities;
  switch (group) {
    case "casualties":
      return Object.values(casualties).map((one): Known => [one.id, join(one.id, strings.category(one.category), stateWord(one.state), one.what)]);
    case "requests":
      return Object.values(requests).map((one): Known => [one.id, join(one.id, stateWord(one.state), one.place, one.what)]).reverse();
    case "chains":
      return Object.values(chains).sort((a, b) => Number(b.status === "active") - Number(a.status === "active")).map((one): Known => [one.id, join(one.id, stateWord(one.status), one.vehicles.map((id) => vehicles[id]?.callsign ?? id).join(" + "), facilities[one.facility]?.name ?? one.facility)]);
    case "vehicles":
      return Object.values(vehicles).map((one): Known => [one.id, join(one.callsign, stateWord(one.state))]);
    case "teams":
      return Object.values(teams).map((one): Known => [one.id, join(one.name, one.state)]);
    case "facilities":
      return Object.values(facilities).map((one): Known => [one.id, one.name]);
    case "sites":
      return Object.values(sites).map((one): Known => [one.id, join(one.name, stateWord(one.kind))]);
    case "assets":
      return ["vehicles", "teams", "facilities"].flatMap((each) => idsOf(each, entities));
    case "tasks":
      return Object.values(vehicles).flatMap((one): Known[] => (one.task ? [[one.task.id, join(one.callsign, stateWord(one.task.status), one.task.id, one.task.request)]] : []));
    case "hazards":
      return Object.values(hazards).filter((one) => one.lifted_at === null).map((one): Known => [one.id, join(stateWord(one.kind), one.name, one.id)]);
    case "questions":
      return Object.values(questions).filter((one) => one.answer === null).map((one): Known => [one.id, join(one.casualty ?? "", one.text)]);
    case "reservations":
      return Object.values(facilities).flatMap((place) => place.reservations.map((one): Known => [one.id, join(one.casualty, stateWord(one.bed), place.name)]));
    case "authorities":
      return [...new Set(Object.values(chains).flatMap((one) => one.approval.authorities))].map((name): Known => [name, name]);
    default:
      return [];
  }
}

/** The id of a group that what is selected on the screen means; empty when it means none. */
export function chosenId(group: string, desk: Desk, wanted: boolean): string {
  const { selected, picture } = desk;
  if (!selected || !wanted) return "";
  const { casualties, chains, vehicles } = picture.entities;
  const request = selected.kind === "request" ? selected.id : selected.kind === "casualty" ? casualties[selected.id]?.request : selected.kind === "vehicle" ? vehicles[selected.id]?.task?.request : null;
  switch (group) {
    case "casualties":
      return selected.kind === "casualty" ? selected.id : "";
    case "vehicles":
    case "assets":
      return selected.kind === "vehicle" || (group === "assets" && ["team", "facility"].includes(selected.kind)) ? selected.id : "";
    case "facilities":
      return selected.kind === "facility" ? selected.id : "";
    case "teams":
      return selected.kind === "team" ? selected.id : "";
    case "hazards":
      return selected.kind === "hazard" ? selected.id : "";
    case "requests":
      return request ?? "";
    case "chains":
      return Object.values(chains).find((chain) => chain.status === "active" && chain.request === request)?.id ?? "";
    case "tasks":
      return selected.kind === "vehicle" ? (vehicles[selected.id]?.task?.id ?? "") : "";
    default:
      return "";
  }
}

const join = (...words: string[]): string => words.filter((word) => word !== "").join(" · ");
