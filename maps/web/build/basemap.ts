/** Build step: Natural Earth (world-atlas) becomes a small overview and 10-degree cells of detail, all served by us. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { MultiLineString, MultiPolygon, Polygon, Feature, FeatureCollection, Position } from "geojson";
import { feature, mesh } from "topojson-client";
import type { Topology, GeometryCollection, MultiPolygon as TopoMultiPolygon, Polygon as TopoPolygon } from "topojson-specification";
import type { CellShapes, Name, Overview } from "../src/map/shapes";
import { encodeRing } from "../src/map/shapes";

const require = createRequire(import.meta.url);
const CELL_DEG = 10;
const OVERVIEW_STEP = 0.04; // degrees; about 4 km, a pixel or two where the cells take over
const CELL_STEP = 0.001; // degrees; about 110 m

type Countries = Topology<{ countries: GeometryCollection<{ name: string }>; land: GeometryCollection }>;
type Ring = Position[];
interface Simplifier {
  presimplify(topology: Topology): Topology;
  simplify(topology: Topology, minWeight: number): Topology;
  filter(topology: Topology, keep: unknown): Topology;
  filterWeight(topology: Topology, minWeight: number): unknown;
}

/** Every file of the basemap by name: `overview.json` (what there is), `world.json` (for a look from afar) and `X_Y.json` for each cell that has land. */
export function basemapFiles(): Map<string, string> {
  const files = new Map<string, string>();
  const cells: string[] = [];
  const fine = shapesOf(thin(open("10m"), 2e-6));
  for (const column of columns(fine)) {
    for (const [name, cell] of rows(column)) {
      cells.push(name);
      files.set(`${name}.json`, JSON.stringify(encode(cell, CELL_STEP)));
    }
  }
  const coarse = open("50m");
  const overview: Overview = {
    cellDegrees: CELL_DEG,
    cells,
    names: names(coarse),
  };
  files.set("overview.json", JSON.stringify(overview));
  const { coast: _edge, ...world }: CellShapes = encode(shapesOf(thin(coarse, 1e-2)), OVERVIEW_STEP); // the edge of its land, once
  files.set("world.json", JSON.stringify(world));
  return files;
}

interface Shapes {
  x: number;
  land: Ring[][];
  coast: Ring[];
  borders: Ring[];
}

function open(resolution: string): Countries {
  return JSON.parse(readFileSync(require.resolve(`world-atlas/countries-${resolution}.json`), "utf8")) as Countries;
}

function thin(topology: Countries, weight: number): Countries {
  const simplifier = require("topojson-simplify") as Simplifier;
  const weighed = simplifier.simplify(simplifier.presimplify(topology), weight);
  return simplifier.filter(weighed, simplifier.filterWeight(weighed, weight)) as Countries;
}

function shapesOf(topology: Countries): Shapes {
  const land = feature(topology, topology.objects.land) as FeatureCollection<Polygon | MultiPolygon>;
  const polygons = land.features.flatMap(polygonsOf);
  const lines = (a: boolean): Ring[] =>
    (mesh(topology, topology.objects.countries as GeometryCollection as never, (p, q) => (p === q) === a) as MultiLineString)
      .coordinates;
  return { x: -180, land: polygons, coast: lines(true), borders: lines(false) };
}

function polygonsOf(shape: Feature<Polygon | MultiPolygon>): Ring[][] {
  return shape.geometry.type === "Polygon" ? [shape.geometry.coordinates] : shape.geometry.coordinates;
}

function* columns(all: Shapes): Generator<Shapes> {
  for (let x = -180; x < 180; x += CELL_DEG) yield { ...cut(all, 0, x, x + CELL_DEG), x };
}

function* rows(column: Shapes): Generator<[string, Shapes]> {
  for (let y = -90; y < 90; y += CELL_DEG) {
    const cell = cut(column, 1, y, y + CELL_DEG);
    if (cell.land.length > 0) yield [`${column.x}_${y}`, { ...cell, x: column.x }];
  }
}

function cut(shapes: Shapes, axis: 0 | 1, low: number, high: number): Shapes {
  const land = shapes.land
    .map((rings) => rings.map((ring) => cutRing(cutRing(ring, axis, low, 1), axis, high, -1)).filter((r) => r.length > 3))
    .filter((rings) => rings.length > 0);
  const lines = (many: Ring[]): Ring[] => many.flatMap((line) => cutLine(line, axis, low, high));
  return { x: shapes.x, land, coast: lines(shapes.coast), borders: lines(shapes.borders) };
}

function crossing(a: Position, b: Position, axis: 0 | 1, at: number): Position {
  const other = axis === 0 ? 1 : 0;
  const share = (at - (a[axis] as number)) / ((b[axis] as number) - (a[axis] as number));
  const across = (a[other] as number) + share * ((b[other] as number) - (a[other] as number));
  return axis === 0 ? [at, across] : [across, at];
}

/** Sutherland-Hodgman against one half plane; the ring stays closed. */
function cutRing(ring: Ring, axis: 0 | 1, at: number, side: 1 | -1): Ring {
  const inside = (p: Position): boolean => ((p[axis] as number) - at) * side >= 0;
  const kept: Ring = [];
  for (let i = 0; i < ring.length; i++) {
    const here = ring[i] as Position;
    const before = ring[(i + ring.length - 1) % ring.length] as Position;
    if (inside(here) !== inside(before)) kept.push(crossing(before, here, axis, at));
    if (inside(here)) kept.push(here);
  }
  if (kept.length > 0) kept.push(kept[0] as Position);
  return kept;
}

function cutLine(line: Ring, axis: 0 | 1, low: number, high: number): Ring[] {
  const parts: Ring[] = [];
  let part: Ring = [];
  const inside = (p: Position): boolean => (p[axis] as number) >= low && (p[axis] as number) < high;
  for (let i = 0; i < line.length; i++) {
    const here = line[i] as Position;
    const before = line[i - 1];
    if (before && inside(here) !== inside(before)) {
      const edge = Math.min((before[axis] as number), (here[axis] as number)) < low ? low : high;
      part.push(crossing(before, here, axis, edge));
    }
    if (inside(here)) part.push(here);
    else if (part.length > 0) [part, parts[parts.length]] = [[], part];
  }
  if (part.length > 1) parts.push(part);
  return parts.filter((p) => p.length > 1);
}

function encode(shapes: Shapes, step: number): CellShapes {
  const each = (rings: Ring[]): number[][] => rings.map((ring) => encodeRing(ring, step)).filter((r) => r.length > 2);
  return {
    step,
    land: shapes.land.map((rings) => each(rings).filter((r) => r.length > 6)).filter((rings) => rings.length > 0),
    coast: each(shapes.coast),
    borders: each(shapes.borders),
  };
}

/** A label for each country at the middle of its widest part; rank 0 is the largest. */
function names(topology: Countries): Name[] {
  const countries = (topology.objects.countries as GeometryCollection<{ name: string }>).geometries;
  const found = countries.map((shape) => {
    const whole = feature(topology, shape as TopoPolygon<{ name: string }> | TopoMultiPolygon<{ name: string }>);
    const rings = polygonsOf(whole as Feature<Polygon | MultiPolygon>).map((rings) => rings[0] as Ring);
    const biggest = rings.reduce((a, b) => (Math.abs(area(b)) > Math.abs(area(a)) ? b : a));
    return { name: (shape.properties as { name?: string } | undefined)?.name ?? "", place: middle(biggest), size: Math.abs(area(biggest)) };
  });
  found.sort((a, b) => b.size - a.size);
  return found.map(({ name, place, size }) => [name, round(place[0]), round(place[1]), round(size)]);
}

const round = (value: number | undefined): number => Math.round((value as number) * 100) / 100;

function area(ring: Ring): number {
  let sum = 0;
  for (let i = 1; i < ring.length; i++) {
    const [ax, ay] = ring[i - 1] as [number, number];
    const [bx, by] = ring[i] as [number, number];
    sum += ax * by - bx * ay;
  }
  return sum / 2;
}

/** The middle of the longest stretch of land along the ring's middle latitude. */
function middle(ring: Ring): Position {
  const lats = ring.map((p) => p[1] as number);
  const y = (Math.min(...lats) + Math.max(...lats)) / 2;
  const xs: number[] = [];
  for (let i = 1; i < ring.length; i++) {
    const [a, b] = [ring[i - 1] as Position, ring[i] as Position];
    if ((a[1] as number) > y !== (b[1] as number) > y) xs.push(crossing(a, b, 1, y)[0] as number);
  }
  xs.sort((a, b) => a - b);
  let best: Position = ring[0] as Position;
  let width = -1;
  for (let i = 1; i < xs.length; i += 2) {
    const [west, east] = [xs[i - 1] as number, xs[i] as number];
    if (east - west > width) [best, width] = [[(west + east) / 2, y], east - west];
  }
  return best;
}
