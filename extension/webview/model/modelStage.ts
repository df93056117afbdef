// Owns drawing models with three.js: one beside the other under one camera, with grid, wireframe and animations.
import {
  AnimationMixer,
  Box3,
  GridHelper,
  type Material,
  Mesh,
  NeutralToneMapping,
  type Object3D,
  PerspectiveCamera,
  Scene,
  Spherical,
  type Texture,
  Timer,
  Vector3,
  WebGLRenderer,
} from 'three';
import { OrbitControls } from 'three/addons/controls/OrbitControls.js';
import { type ModelLight, modelLight } from './modelLight.ts';
import type { LoadedModel } from './modelLoader.ts';

const FIELD_OF_VIEW = 40;
/** From where a model is seen first: from the front, a little from the right and from above. */
const FIRST_VIEW = new Vector3(0.5, 0.35, 1).normalize();
const GRID_COLOUR = 0x888888;
const FLATTEST = 0.01;

interface Side {
  scene: Scene;
  model: LoadedModel;
  mixer: AnimationMixer | undefined;
  grid: GridHelper | undefined;
}

export class ModelStage {
  readonly canvas: HTMLCanvasElement;
  private readonly renderer: WebGLRenderer;
  private readonly camera = new PerspectiveCamera(FIELD_OF_VIEW);
  private readonly controls: OrbitControls;
  private readonly sides: Side[];
  private readonly resized: ResizeObserver;
  private readonly timer = new Timer();
  private readonly light: ModelLight;
  private readonly box = new Box3();
  private frame = 0;
  private isPlaying = false;

  /** A model without a scene leaves its side empty. @throws Error where there is no WebGL */
  constructor(canvas: HTMLCanvasElement, models: LoadedModel[], lost: () => void) {
    this.canvas = canvas;
    this.renderer = new WebGLRenderer({ canvas, antialias: true, alpha: true });
    this.renderer.toneMapping = NeutralToneMapping;
    this.renderer.setScissorTest(true);
    canvas.addEventListener('webglcontextlost', lost);
    this.light = modelLight(this.renderer);
    this.sides = models.map((model) => this.sideOf(model));
    for (const { model } of this.sides) if (model.scene) this.box.expandByObject(model.scene);
    if (this.box.isEmpty()) this.box.set(new Vector3(-1, -1, -1), new Vector3(1, 1, 1));
    this.addGrids();
    this.controls = new OrbitControls(this.camera, canvas);
    this.controls.addEventListener('change', () => this.draw());
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(canvas);
    this.fit();
  }

  /** Whether models are seen in all the light that they are meant to be seen in: not without a graphics card. */
  get isWellLit(): boolean {
    return this.light.isWhole;
  }

  /** Shows all of all models. */
  fit(): void {
    const { camera, controls, box } = this;
    const radius = Math.max(1e-6, box.getSize(new Vector3()).length() / 2);
    const narrow = Math.min(1, this.aspect());
    const distance = radius / Math.sin((FIELD_OF_VIEW * Math.PI) / 360) / narrow;
    box.getCenter(controls.target);
    camera.position.copy(controls.target).addScaledVector(FIRST_VIEW, distance);
    camera.near = distance / 1000;
    camera.far = distance * 100;
    controls.minDistance = distance / 500;
    controls.maxDistance = distance * 20;
    controls.update();
    this.draw();
  }

  /** Turns the camera around the models, in radians, and changes its distance. */
  orbit(across: number, up: number, factor = 1): void {
    const { camera, controls } = this;
    const away = new Spherical().setFromVector3(camera.position.clone().sub(controls.target));
    away.theta += across;
    away.phi = Math.min(Math.PI - FLATTEST, Math.max(FLATTEST, away.phi + up));
    away.radius = Math.min(controls.maxDistance, Math.max(controls.minDistance, away.radius * factor));
    camera.position.copy(controls.target).add(new Vector3().setFromSpherical(away));
    controls.update();
    this.draw();
  }

  /** Degrees around and above, and how far away: for tests, and to tell that both sides are seen alike. */
  view(): { around: number; above: number; distance: number } {
    const { camera, controls } = this;
    const away = new Spherical().setFromVector3(camera.position.clone().sub(controls.target));
    const degrees = (radians: number): number => Math.round((radians * 180) / Math.PI);
    return { around: degrees(away.theta), above: 90 - degrees(away.phi), distance: away.radius };
  }

  setWireframe(wireframe: boolean): void {
    this.forMaterials((material) => {
      if ('wireframe' in material) material.wireframe = wireframe;
    });
    this.draw();
  }

  setGrid(visible: boolean): void {
    for (const { grid } of this.sides) if (grid) grid.visible = visible;
    this.draw();
  }

  /** Plays the animation of that name on each side that has it. */
  play(name: string): void {
    for (const { mixer, model } of this.sides) {
      mixer?.stopAllAction();
      const clip = model.animations.find((one) => one.name === name);
      if (clip) mixer?.clipAction(clip).play();
    }
    this.isPlaying = true;
    this.timer.reset();
    this.draw();
  }

  pause(): void {
    this.isPlaying = false;
  }

  dispose(): void {
    cancelAnimationFrame(this.frame);
    this.isPlaying = false;
    this.resized.disconnect();
    this.controls.dispose();
    this.light.dispose();
    this.forMaterials((material) => {
      for (const value of Object.values(material) as unknown[]) if (isTexture(value)) value.dispose();
      material.dispose();
    });
    for (const { scene } of this.sides)
      scene.traverse((one) => {
        if (one instanceof Mesh) (one as Mesh).geometry.dispose();
      });
    this.renderer.dispose();
    // A window has few contexts, and waiting for the collector would keep this one.
    this.renderer.forceContextLoss();
  }

  private sideOf(model: LoadedModel): Side {
    const scene = new Scene();
    this.light.addTo(scene);
    if (model.scene) scene.add(model.scene);
    return { scene, model, mixer: model.scene && new AnimationMixer(model.scene), grid: undefined };
  }

  /** Ten squares along the longest side of the models; a square is a power of ten of metres. */
  private addGrids(): void {
    const size = this.box.getSize(new Vector3());
    const longest = Math.max(size.x, size.z, size.y / 2, 1e-6);
    const square = 10 ** Math.floor(Math.log10(longest));
    const squares = 2 * Math.ceil(longest / square) + 2;
    const middle = this.box.getCenter(new Vector3());
    for (const side of this.sides) {
      const grid = new GridHelper(squares * square, squares, GRID_COLOUR, GRID_COLOUR);
      grid.material.opacity = 0.4;
      grid.material.transparent = true;
      grid.position.set(middle.x, this.box.min.y, middle.z);
      side.grid = grid;
      side.scene.add(grid);
    }
  }

  private forMaterials(act: (material: Material) => void): void {
    const seen = new Set<Material>();
    const visit = (one: Object3D): void => {
      const { material } = one as Partial<Mesh>;
      for (const each of Array.isArray(material) ? material : material ? [material] : []) seen.add(each);
    };
    for (const { model } of this.sides) model.scene?.traverse(visit);
    seen.forEach(act);
  }

  private aspect(): number {
    const { clientWidth, clientHeight } = this.canvas;
    return Math.max(1, clientWidth) / this.sides.length / Math.max(1, clientHeight);
  }

  /** Soon, and once however often it is asked for. */
  private draw(): void {
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.drawNow();
      if (this.isPlaying) this.draw();
    });
  }

  private drawNow(): void {
    const { renderer, camera, canvas, sides } = this;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (width === 0 || height === 0) return;
    if (this.isPlaying) {
      this.timer.update();
      for (const { mixer } of sides) mixer?.update(this.timer.getDelta());
    }
    renderer.setPixelRatio(devicePixelRatio);
    renderer.setSize(width, height, false);
    camera.aspect = this.aspect();
    camera.updateProjectionMatrix();
    const pane = width / sides.length;
    sides.forEach(({ scene }, index) => {
      renderer.setViewport(index * pane, 0, pane, height);
      renderer.setScissor(index * pane, 0, pane, height);
      renderer.render(scene, camera);
    });
  }
}

function isTexture(value: unknown): value is Texture {
  return typeof value === 'object' && value !== null && 'isTexture' in value;
}
