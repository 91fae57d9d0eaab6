import { forward } from "mgrs";
import { describe, expect, it } from "vitest";
import { FORMS, inAllForms, inForm } from "../src/map/forms";
import { gridOf, spanOf, stepOf } from "../src/map/grid-lines";
import { fromUtm, squareOf, toUtm, zoneOf } from "../src/map/utm";

const view = (lon: number, lat: number, zoom: number): { lon: number; lat: number; zoom: number; width: number; height: number } => ({ lon, lat, zoom, width: 900, height: 700 });

describe("UTM", () => {
  // The first is the example of GeographicLib's GeoConvert (38SMB4488, to five decimals of a degree); the rest are the edges of the projection.
  it.each([
    [44.40363, 33.33424, 38, 444500, 3688500, 1],
    [0, 0, 31, 166021.443, 0, 0.001],
    [3, 0, 31, 500000, 0, 0.001],
    [9, 84, 32, 500000, 9328093.831, 0.001],
  ])("%f %f", (lon, lat, zone, easting, northing, within) => {
    const there = toUtm(lon, lat, zone);
    expect(Math.abs(there.easting - easting)).toBeLessThan(within);
    expect(Math.abs(there.northing - northing)).toBeLessThan(within);
  });

  it("comes back to where it was, within a hundredth of a millimetre", () => {
    for (let lon = -179.5; lon < 180; lon += 13.7) {
      for (let lat = -79.5; lat < 84; lat += 7.3) {
        const there = toUtm(lon, lat);
        const [x, y] = fromUtm(there);
        expect(Math.abs(x - lon)).toBeLessThan(1e-9);
        expect(Math.abs(y - lat)).toBeLessThan(1e-9);
      }
    }
  });

  it("names the same zone, band, square and metres as the mgrs package", () => {
    for (let lon = -179.3; lon < 180; lon += 5.1) {
      for (let lat = -79.1; lat < 84; lat += 3.7) {
        const text = forward([lon, lat], 5);
        const there = toUtm(lon, lat);
        expect(text.startsWith(String(there.zone))).toBe(true);
        expect(text.slice(-12, -10)).toBe(squareOf(there));
        expect(Math.abs(Number(text.slice(-10, -5)) - Math.floor(there.easting % 100_000))).toBeLessThanOrEqual(1);
        expect(Math.abs(Number(text.slice(-5)) - Math.floor(there.northing % 100_000))).toBeLessThanOrEqual(1);
      }
    }
  });

  it("knows the wide zones of Norway and Svalbard", () => {
    expect(zoneOf(5, 60)).toBe(32);
    expect(zoneOf(2, 60)).toBe(31);
    expect([8, 10, 22, 34].map((lon) => zoneOf(lon, 78))).toEqual([31, 33, 35, 37]);
    expect(zoneOf(180, 10)).toBe(1);
    expect(zoneOf(-180, 10)).toBe(1);
  });
});

describe("forms of coordinates", () => {
  it("shows one place in all of them", () => {
    expect(inForm("decimal", 18.55496, 4.36122)).toBe("18.55496,4.36122");
    expect(inForm("dms", 18.55496, 4.36122)).toBe("04°21'40.4\"N 018°33'17.9\"E");
    expect(inForm("dms", -0.00001, -89.99999)).toBe("90°00'00.0\"S 000°00'00.0\"W");
    expect(inForm("mgrs", 18.55496, 4.36122)).toMatch(/^34N BK \d{5} \d{5}$/);
    expect(inForm("utm", 18.55496, 4.36122)).toMatch(/^34N 2\d{5} 48\d{4}$/);
    expect(inAllForms(18.5, 4.3).split("\n")).toHaveLength(FORMS.length);
  });

  it("gives degrees where there is no grid, and wraps what lies beyond 180", () => {
    for (const form of ["mgrs", "utm"] as const) expect(inForm(form, 10, 88)).toBe("10.00000,88.00000");
    expect(inForm("decimal", 190, 0)).toBe("-170.00000,0.00000");
  });
});

describe("grid", () => {
  it("gets finer with the zoom", () => {
    expect([4, 7, 11, 14, 17].map((zoom) => stepOf(view(18.5, 4.4, zoom)))).toEqual([0, 100_000, 10_000, 1000, 100]);
  });

  it.each([[18, 5, 6], [18, 5, 8], [179.99, -17, 8], [-179.99, 66, 9], [5, 60, 6], [15, 78, 5], [0, 84.9, 4], [0, -85, 4], [10, 0, 8], [18, 5, 17], [0, 0, 0]])(
    "at %f %f zoom %i every point is on the earth and in view of its zone",
    (lon, lat, zoom) => {
      const now = view(lon, lat, zoom);
      const span = spanOf(now);
      const grid = gridOf(now);
      expect(grid.lines.length).toBeLessThan(3000);
      for (const { points, rank } of grid.lines) {
        expect(points.flat().every(Number.isFinite)).toBe(true);
        for (const [x, y] of points) {
          if (rank === 0) continue;
          expect(x).toBeGreaterThanOrEqual(span.west - 1e-6);
          expect(x).toBeLessThanOrEqual(span.east + 1e-6);
          expect(y).toBeGreaterThanOrEqual(span.south - 1e-6);
          expect(y).toBeLessThanOrEqual(span.north + 1e-6);
        }
      }
    },
  );

  it("has its lines at whole thousands of metres of the zone they lie in", () => {
    const grid = gridOf(view(18, 4.5, 13.6)); // where zones 33 and 34 meet
    expect(grid.step).toBe(1000);
    for (const { points } of grid.lines.filter(({ rank }) => rank === 2)) {
      const middle = points[Math.floor(points.length / 2)] as [number, number];
      const first = points[0] as [number, number];
      const [lon, lat] = [(middle[0] + first[0]) / 2, (middle[1] + first[1]) / 2];
      const { easting, northing } = toUtm(lon, lat, lon < 18 ? 33 : 34);
      const off = Math.min(...[easting, northing].map((metres) => Math.abs(metres / 1000 - Math.round(metres / 1000))));
      expect(off * 1000).toBeLessThan(2);
    }
    const zones = new Set(grid.words.filter(({ rank }) => rank === 1).map(({ text }) => text.slice(0, 3)));
    expect(zones).toEqual(new Set(["33N", "34N"]));
  });

  it("words each square with letters that the mgrs package gives its middle", () => {
    for (const word of gridOf(view(18.4, -8.1, 7.5)).words.filter(({ rank }) => rank === 1)) {
      const text = forward([word.lon, word.lat], 1);
      expect(`${text.slice(0, -4)} ${text.slice(-4, -2)}`).toBe(word.text);
    }
  });
});
