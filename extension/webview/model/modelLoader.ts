// Owns turning a glTF file and what lies beside it into a model of three.js, within bounds.
import { type AnimationClip, Box3, type Group, LoadingManager, Vector3 } from 'three';
import { DRACOLoader } from 'three/addons/loaders/DRACOLoader.js';
import { GLTFLoader } from 'three/addons/loaders/GLTFLoader.js';
import { MeshoptDecoder } from 'three/addons/libs/meshopt_decoder.module.js';
import type { ViewedFile } from '../messages.ts';
import type { ViewerHost } from '../viewer.ts';
import { gltfJson, type ModelFacts, modelFacts, ModelProblem, outsideFiles } from './gltfFacts.ts';

/** What a graphics card of some years ago draws smoothly, twice. */
const MOST_TRIANGLES = 10_000_000;
const MOST_VERTICES = 20_000_000;
const MOST_OUTSIDE = 500;
/** Of all files beside the model, in bytes. */
const MOST_OUTSIDE_BYTES = 512 * 1024 * 1024;

export interface LoadedModel {
  facts: ModelFacts | undefined;
  scene: Group | undefined;
  animations: AnimationClip[];
  /** Why there is no `scene`, in the user's language. */
  problem: string | undefined;
  /** Files that the model names and that are not there in this version. */
  missing: string[];
}

/** Never rejects. `file` is that of `side`. */
export async function loadModel(host: ViewerHost, file: ViewedFile, side: number): Promise<LoadedModel> {
  const model: LoadedModel = {
    facts: undefined,
    scene: undefined,
    animations: [],
    problem: undefined,
    missing: [],
  };
  if (file.url === undefined) return { ...model, problem: file.absent ?? '' };
  try {
    await load(host, file.url, side, model);
  } catch (error) {
    if (error instanceof ModelProblem) model.problem = host.translate(error.message, ...error.values);
    else {
      const reason = error instanceof Error ? error.message : String(error);
      model.problem = host.translate('The model cannot be shown: {0}', reason);
    }
  }
  return model;
}

async function load(host: ViewerHost, url: string, side: number, model: LoadedModel): Promise<void> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
  const bytes = await response.arrayBuffer();
  const json = gltfJson(bytes);
  const facts = modelFacts(json);
  model.facts = facts;
  if (facts.triangles > MOST_TRIANGLES || facts.vertices > MOST_VERTICES)
    throw new ModelProblem(
      'It has {0} triangles and {1} vertices, which is more than is shown',
      facts.triangles,
      facts.vertices,
    );
  const outside = outsideFiles(json);
  const urls = await findOutside(host, side, [...outside.buffers, ...outside.images], model.missing);
  const lost = outside.buffers.filter((name) => !urls.has(name));
  if (lost.length > 0) throw new ModelProblem('A file that it needs is not there: {0}', lost.join(', '));

  const manager = new LoadingManager();
  // What is not there is asked for under a name that gives nothing, instead of beside the page.
  manager.setURLModifier((name) => (/^(data|blob):/i.test(name) ? name : (urls.get(name) ?? 'data:,')));
  const loader = new GLTFLoader(manager);
  loader.setMeshoptDecoder(MeshoptDecoder);
  const draco = facts.extensions.includes('KHR_draco_mesh_compression') ? dracoLoader() : undefined;
  if (draco) loader.setDRACOLoader(draco);
  try {
    const { scene, animations } = await loader.parseAsync(bytes, '');
    model.scene = scene;
    // Bones move what the description alone places elsewhere.
    scene.updateMatrixWorld(true);
    const box = new Box3().setFromObject(scene);
    if (!box.isEmpty()) model.facts = { ...facts, extent: box.getSize(new Vector3()).toArray() };
    model.animations = animations;
  } finally {
    draco?.dispose();
  }
}

/** The decoder lies beside the page's own script. */
function dracoLoader(): DRACOLoader {
  return new DRACOLoader().setDecoderPath(new URL('draco/', import.meta.url).href);
}

/** Where files beside the model are, by the names that it has for them. */
async function findOutside(
  host: ViewerHost,
  side: number,
  names: string[],
  missing: string[],
): Promise<Map<string, string>> {
  if (names.length > MOST_OUTSIDE)
    throw new ModelProblem('It needs {0} other files, which is more than is read', names.length);
  const found = new Map<string, string>();
  let bytes = 0;
  for (const name of names) {
    try {
      const { url, size } = await host.ask('beside', { side, name: decodeURIComponent(name) });
      bytes += size;
      found.set(name, url);
    } catch {
      missing.push(name);
    }
    if (bytes > MOST_OUTSIDE_BYTES) throw new ModelProblem('The files that it needs are too large together');
  }
  return found;
}
