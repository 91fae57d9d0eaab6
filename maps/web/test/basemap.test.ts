import { describe, expect, it } from "vitest";
import { basemapFiles } from "../build/basemap";
import { layersOf, type CellShapes } from "../src/map/shapes";

describe("the shipped land", () => {
  const files = basemapFiles();
  const coasts = (name: string): number => layersOf(JSON.parse(files.get(name) ?? "") as CellShapes).coast.geometry.coordinates.length;

  it("has no coast inland: where cells are cut is no line of the map", () => {
    const inland = [...files.keys()].filter((name) => /_/.test(name) && !JSON.parse(files.get(name) as string).coast.length);
    expect(inland).toContain("20_0.json");
    expect(inland.map(coasts)).toEqual(inland.map(() => 0));
  });
  it("has coasts by the sea and round the whole world", () => {
    expect(coasts("0_0.json")).toBeGreaterThan(0); // the Gulf of Guinea
    expect(coasts("world.json")).toBeGreaterThan(100);
  });
});
