/** Standard symbols (MIL-STD-2525D / APP-6D) as drawing instructions, made by milsymbol while the page is built: 2 kB, not 860. */
import ms from "milsymbol";
import type { Plugin } from "vite";
import type { StandardName, StandardPart, StandardSymbol } from "../src/map/standard";

const SIDC: Record<StandardName, string> = {
  ambulance: "10031500001403000000",
  armoured: "10031500001201040000",
  helicopter: "10030100001102001400",
  plane: "10030100001101010000",
  drone: "10030100001103001400",
  hospital: "10032000001207020000",
  facility: "10031000001614000000",
  role1: "10031000001614004200",
  role2: "10031000001614004300",
  role3: "10031000001614004400",
  role4: "10031000001614004500",
  collection: "10032500003205000000",
  exchange: "10032500003201010000",
  pickup: "10032500003211000000",
};

/** What milsymbol draws, as far as these symbols need it. */
interface Told {
  type: string;
  d?: string;
  cx?: number;
  cy?: number;
  r?: number;
  x?: number;
  y?: number;
  factor?: number;
  text?: string;
  fontsize?: number;
  textanchor?: string;
  alignmentBaseline?: string;
  fill?: string | false;
  stroke?: string | false;
  strokewidth?: number;
  non_scaling_stroke?: number;
  draw?: Tree;
}
type Tree = Told | readonly Tree[];
interface Drawn {
  bbox: { x1: number; y1: number; x2: number; y2: number };
  drawInstructions: Tree;
  isValid(): boolean;
}

/** All of them; throws where milsymbol does not know a code. */
export function standardSymbols(): Record<StandardName, StandardSymbol> {
  return Object.fromEntries(Object.entries(SIDC).map(([name, sidc]) => [name, symbol(name, sidc)])) as Record<StandardName, StandardSymbol>;
}

function symbol(name: string, sidc: string): StandardSymbol {
  const drawn = new ms.Symbol(sidc, { size: 100, strokeWidth: 7, outlineWidth: 9, outlineColor: "#ffffff" }) as unknown as Drawn;
  if (!drawn.isValid()) throw new Error(`milsymbol knows no symbol ${sidc} (${name})`);
  const { x1, y1, x2, y2 } = drawn.bbox;
  return { box: [x1, y1, x2, y2], parts: parts(drawn.drawInstructions, [0, 0, 1]) };
}

type Move = readonly [number, number, number]; // x, y, scale

function parts(tree: Tree, at: Move): StandardPart[] {
  if (isMany(tree)) return tree.flatMap((one) => parts(one, at));
  if (tree.type === "translate") return parts(tree.draw ?? [], [at[0] + at[2] * (tree.x ?? 0), at[1] + at[2] * (tree.y ?? 0), at[2]]);
  if (tree.type === "scale") return parts(tree.draw ?? [], [at[0], at[1], at[2] * (tree.factor ?? 1)]);
  return [part(tree, at)];
}

const isMany = (tree: Tree): tree is readonly Tree[] => Array.isArray(tree);

function part(told: Told, move: Move): StandardPart {
  const moved = move[0] !== 0 || move[1] !== 0 || move[2] !== 1;
  return {
    ...shape(told),
    ...(moved ? { move } : {}),
    ...(told.fill ? { fill: told.fill } : {}),
    ...(told.stroke === false || told.type === "text" ? {} : { stroke: told.stroke ?? "black", width: (told.non_scaling_stroke ?? 1) * (told.strokewidth ?? 4) }),
  };
}

function shape(told: Told): Pick<StandardPart, "path" | "circle" | "text"> {
  if (told.type === "path") return { path: told.d ?? "" };
  if (told.type === "circle") return { circle: [told.cx ?? 0, told.cy ?? 0, told.r ?? 0] };
  if (told.type === "text") return { text: [told.text ?? "", told.x ?? 0, told.y ?? 0, told.fontsize ?? 30, told.alignmentBaseline === "middle"] };
  throw new Error(`milsymbol draws with '${told.type}', which the map's painter does not know`);
}

const NAME = "virtual:standard-symbols";

export function standardSymbolsPlugin(): Plugin {
  return {
    name: "casevac-standard-symbols",
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    load: (id) => (id === `\0${NAME}` ? `export default ${JSON.stringify(standardSymbols())}` : undefined),
  };
}
