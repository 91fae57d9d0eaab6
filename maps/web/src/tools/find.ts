/** What a typed text finds in the picture, among the commands and as coordinates, the best first. Pure. */
import type { Picture } from "../live/fold";
import type { FoundPlace } from "../live/protocol";
import type { AssetKind, AssetRef } from "../map/scene";
import { grid } from "../grid";
import { stateWord, strings } from "../strings";
import { toolWords } from "../strings/tools";
import type { Command } from "./commands";
import { fit } from "./commands";
import type { ReadPlace } from "./coordinates";
import { readPlaces } from "./coordinates";
import type { LonLat } from "./geodesy";

export const MOST = 12;
const words = toolWords.palette;

export interface Found {
  key: string;
  kind: string; // in words
  label: string;
  note: string;
  rank: number;
  act: { command: Command } | { ref: AssetRef } | { place: LonLat; name: string };
}

/** Everything that fits, at most so many. Coordinates come first, then what fits best; commands after assets that fit as well. */
export function find(typed: string, picture: Picture | null, commands: readonly Command[], places: readonly FoundPlace[]): Found[] {
  const text = typed.trim();
  if (text === "") return commands.slice(0, MOST).map((command) => ofCommand(command, 3));
  const read = readPlaces(text).map(ofCoordinates);
  const assets = picture === null ? [] : assetsIn(picture, text);
  const done = commands.flatMap((command) => {
    const rank = fit(text, command.words);
    return rank === null ? [] : [ofCommand(command, rank + 0.2)];
  });
  const named = places.map((place, index) => ofPlace(place, (fit(text, place.name ?? "") ?? 3) + 0.4 + index / 1000));
  const rest = [...assets, ...done, ...named].sort((a, b) => a.rank - b.rank || a.label.localeCompare(b.label));
  return [...read, ...rest].slice(0, MOST);
}

const ofCommand = (command: Command, rank: number): Found => ({ key: `do:${command.id}`, kind: words.kinds["command"] ?? "", label: command.words, note: command.key ?? "", rank, act: { command } });

function ofCoordinates({ form, at, note }: ReadPlace): Found {
  const named = [words.forms[form] ?? form, note].filter((each) => each !== "").join(" ");
  return { key: `at:${form}:${at.join(",")}`, kind: words.kinds["grid"] ?? "", label: grid(at[0], at[1], 5), note: `${named} · ${at[1].toFixed(5)}° ${at[0].toFixed(5)}°`, rank: -1, act: { place: at, name: "" } };
}

const ofPlace = (place: FoundPlace, rank: number): Found => ({
  key: `named:${place.name ?? ""}:${place.lon},${place.lat}`, kind: words.kinds["place"] ?? "", label: place.name ?? place.mgrs, note: grid(place.lon, place.lat), rank,
  act: { place: [place.lon, place.lat], name: place.name ?? "" },
});

type Named = [kind: AssetKind, id: string, label: string, note: string, also: string[]];

function assetsIn(picture: Picture, text: string): Found[] {
  return named(picture).flatMap(([kind, id, label, note, also]) => {
    const ranks = [label, id, ...also].map((each) => fit(text, each)).filter((rank) => rank !== null);
    if (ranks.length === 0) return [];
    return [{ key: `${kind}:${id}`, kind: strings.kinds[kind] ?? kind, label, note, rank: Math.min(...ranks), act: { ref: { kind, id } } }];
  });
}

function named({ entities, positions }: Picture): Named[] {
  const { casualties, vehicles, facilities, sites, teams, requests, hazards } = entities;
  const carried = new Set(Object.values(vehicles).map((one) => one.device));
  return [
    ...Object.values(vehicles).map((one): Named => ["vehicle", one.id, one.callsign, stateWord(one.state), one.device ? [one.device] : []]),
    ...Object.values(casualties).map((one): Named => ["casualty", one.id, one.id, `${strings.category(one.category)} · ${stateWord(one.state)}`, one.also]),
    ...Object.values(facilities).map((one): Named => ["facility", one.id, one.name, one.level, []]),
    ...Object.values(sites).map((one): Named => ["site", one.id, one.name, stateWord(one.kind), []]),
    ...Object.values(teams).map((one): Named => ["team", one.id, one.name, stateWord(one.state), []]),
    ...Object.values(requests).map((one): Named => ["request", one.id, one.id, `${one.place} · ${stateWord(one.state)}`, [one.place, one.who]]),
    ...Object.values(hazards).filter((one) => one.lifted_at === null).map((one): Named => ["hazard", one.id, one.name || one.id, stateWord(one.kind), []]),
    ...Object.values(positions).filter((one) => one.vehicle === null && !carried.has(one.device)).map((one): Named => ["device", one.device, one.device, "", []]),
  ];
}
