// Owns what the description of a glTF file tells without a model being made of it: counts, extent, and files it needs; knows no browser.

/** Why a model is not shown: an English text of viewerStrings.ts, with what goes into it. */
export class ModelProblem extends Error {
  override readonly name = 'ModelProblem';
  readonly values: (string | number)[];

  constructor(text: string, ...values: (string | number)[]) {
    super(text);
    this.values = values;
  }
}

type Json = Record<string, unknown>;
type Matrix = number[];
type Vector = [x: number, y: number, z: number];

export interface ModelFacts {
  /** Of what is drawn: a mesh that stands in a scene twice counts twice. */
  vertices: number;
  triangles: number;
  meshes: number;
  materials: number;
  textures: number;
  animations: number;
  nodes: number;
  /** In metres, of the model as it stands without animations; undefined where the file does not tell. */
  extent: Vector | undefined;
  extensions: string[];
  generator: string | undefined;
}

/** A description may have this many bytes, and a scene this many nodes. */
const LONGEST_JSON = 64 << 20;
const MOST_NODES = 200_000;
const DEEPEST = 1000;

const CUT_OFF = 'The file is cut off or damaged';

/** The description in a `.glb` or `.gltf`. glTF 2.0 specification, 4.4. @throws ModelProblem */
export function gltfJson(bytes: ArrayBuffer): Json {
  const view = new DataView(bytes);
  let text = new Uint8Array(bytes);
  if (bytes.byteLength >= 4 && view.getUint32(0, true) === 0x46546c67) {
    if (bytes.byteLength < 20) throw new ModelProblem(CUT_OFF);
    const version = view.getUint32(4, true);
    if (version !== 2) throw new ModelProblem('Its version of glTF ({0}) is not known', version);
    const length = view.getUint32(12, true);
    if (view.getUint32(16, true) !== 0x4e4f534a || 20 + length > bytes.byteLength)
      throw new ModelProblem(CUT_OFF);
    // What is said to be longer than it is has lost its end.
    if (view.getUint32(8, true) > bytes.byteLength) throw new ModelProblem(CUT_OFF);
    text = new Uint8Array(bytes, 20, length);
  }
  if (text.length > LONGEST_JSON) throw new ModelProblem('Its description is too long');
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(text));
  } catch {
    throw new ModelProblem('Its description is not JSON');
  }
  if (!isObject(value) || !isObject(value.asset))
    throw new ModelProblem('Its description is not one of glTF');
  return value;
}

/** Files that the model needs beside itself, as it names them: buffers and pictures. */
export function outsideFiles(json: Json): { buffers: string[]; images: string[] } {
  const urisOf = (key: string): string[] => {
    const uris = objects(json[key]).map(({ uri }) => uri);
    return [
      ...new Set(uris.filter((uri) => typeof uri === 'string' && !/^(data|blob):/i.test(uri))),
    ] as string[];
  };
  return { buffers: urisOf('buffers'), images: urisOf('images') };
}

/** What the file says of itself. Numbers that are damaged count as none. */
export function modelFacts(json: Json): ModelFacts {
  const drawn = new DrawnScene(json);
  const count = (key: string): number => (Array.isArray(json[key]) ? json[key].length : 0);
  const { generator } = json.asset as Json;
  const used = Array.isArray(json.extensionsUsed) ? json.extensionsUsed : [];
  return {
    vertices: drawn.vertices,
    triangles: drawn.triangles,
    meshes: count('meshes'),
    materials: count('materials'),
    textures: count('textures'),
    animations: count('animations'),
    nodes: count('nodes'),
    extent: drawn.extent(),
    extensions: used.filter((one) => typeof one === 'string').sort(),
    generator: typeof generator === 'string' ? generator.slice(0, 200) : undefined,
  };
}

/** Walks the scene that is shown first. */
class DrawnScene {
  vertices = 0;
  triangles = 0;
  private readonly least: Vector = [Infinity, Infinity, Infinity];
  private readonly most: Vector = [-Infinity, -Infinity, -Infinity];
  private readonly nodes: Json[];
  private readonly meshes: Json[];
  private readonly accessors: Json[];
  private walked = 0;

  constructor(json: Json) {
    this.nodes = objects(json.nodes);
    this.meshes = objects(json.meshes);
    this.accessors = objects(json.accessors);
    const scene = objects(json.scenes)[typeof json.scene === 'number' ? json.scene : 0];
    for (const root of numbers(scene?.nodes)) this.walk(root, IDENTITY, 0);
  }

  extent(): Vector | undefined {
    const { least, most } = this;
    const size = most.map((value, axis) => value - least[axis]) as Vector;
    return size.every(Number.isFinite) ? size : undefined;
  }

  private walk(index: number, parent: Matrix, depth: number): void {
    const node = this.nodes[index];
    this.walked += 1;
    if (!node || depth > DEEPEST || this.walked > MOST_NODES) return;
    const matrix = multiply(parent, matrixOf(node));
    const mesh = typeof node.mesh === 'number' ? this.meshes[node.mesh] : undefined;
    for (const primitive of objects(mesh?.primitives)) this.add(primitive, matrix);
    for (const child of numbers(node.children)) this.walk(child, matrix, depth + 1);
  }

  private add(primitive: Json, matrix: Matrix): void {
    const { attributes, indices, mode = 4 } = primitive;
    const position = isObject(attributes) ? this.accessor(attributes.POSITION) : undefined;
    const vertices = countOf(position);
    const corners = indices === undefined ? vertices : countOf(this.accessor(indices));
    this.vertices += vertices;
    if (mode === 4) this.triangles += Math.floor(corners / 3);
    else if (mode === 5 || mode === 6) this.triangles += Math.max(0, corners - 2);
    const [least, most] = [numbers(position?.min), numbers(position?.max)];
    if (least.length !== 3 || most.length !== 3) return;
    for (let corner = 0; corner < 8; corner += 1)
      this.enclose(
        transform(matrix, [0, 1, 2].map((axis) => ((corner >> axis) & 1 ? most : least)[axis]) as Vector),
      );
  }

  private enclose(point: Vector): void {
    for (const axis of [0, 1, 2]) {
      this.least[axis] = Math.min(this.least[axis], point[axis]);
      this.most[axis] = Math.max(this.most[axis], point[axis]);
    }
  }

  private accessor(index: unknown): Json | undefined {
    return typeof index === 'number' ? this.accessors[index] : undefined;
  }
}

const IDENTITY: Matrix = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

/** Of a node, by columns: its matrix, or made of its parts. glTF 2.0 specification, 3.5.3. */
function matrixOf({ matrix, translation, rotation, scale }: Json): Matrix {
  const whole = numbers(matrix);
  if (whole.length === 16) return whole;
  const [x, y, z, w] = sized(rotation, [0, 0, 0, 1]);
  const [sx, sy, sz] = sized(scale, [1, 1, 1]);
  const [tx, ty, tz] = sized(translation, [0, 0, 0]);
  return [
    (1 - 2 * (y * y + z * z)) * sx,
    2 * (x * y + z * w) * sx,
    2 * (x * z - y * w) * sx,
    0,
    2 * (x * y - z * w) * sy,
    (1 - 2 * (x * x + z * z)) * sy,
    2 * (y * z + x * w) * sy,
    0,
    2 * (x * z + y * w) * sz,
    2 * (y * z - x * w) * sz,
    (1 - 2 * (x * x + y * y)) * sz,
    0,
    tx,
    ty,
    tz,
    1,
  ];
}

function multiply(a: Matrix, b: Matrix): Matrix {
  return b.map((_, i) => {
    const [row, column] = [i % 4, i - (i % 4)];
    let sum = 0;
    for (let k = 0; k < 4; k += 1) sum += a[row + 4 * k] * b[column + k];
    return sum;
  });
}

function transform(m: Matrix, [x, y, z]: Vector): Vector {
  return [0, 1, 2].map((row) => m[row] * x + m[row + 4] * y + m[row + 8] * z + m[row + 12]) as Vector;
}

function sized(value: unknown, otherwise: number[]): number[] {
  const found = numbers(value);
  return found.length === otherwise.length ? found : otherwise;
}

function countOf(accessor: Json | undefined): number {
  const count = accessor?.count;
  return Number.isSafeInteger(count) && (count as number) > 0 ? (count as number) : 0;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is no object stands as an empty one: others are found by their place. */
function objects(value: unknown): Json[] {
  return Array.isArray(value) ? value.map((one) => (isObject(one) ? one : {})) : [];
}

function numbers(value: unknown): number[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'number') : [];
}
