// Owns the light that models are seen in: a room that they mirror, or lamps where drawing that room would take seconds.
import {
  DirectionalLight,
  HemisphereLight,
  PMREMGenerator,
  type Scene,
  type Texture,
  type WebGLRenderer,
} from 'three';
import { RoomEnvironment } from 'three/addons/environments/RoomEnvironment.js';

/** Renderers that draw without a graphics card, by what they call themselves: Chromium's and Mesa's, and that of Windows. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|basic render/i;
/** Directions and strengths. Several, because metal shows nothing but what it mirrors. */
const LAMPS: [position: [number, number, number], intensity: number][] = [
  [[1, 2, 3], 2],
  [[-3, 1, 1], 1],
  [[1, 1, -3], 1],
];

export interface ModelLight {
  /** Whether what was asked for is there: without a graphics card the room is not. */
  readonly isWhole: boolean;
  addTo(scene: Scene): void;
  dispose(): void;
}

/** The room's picture is blurred for each roughness of a surface: 134 million look-ups, of which a processor does 20 million a second. */
export function modelLight(renderer: WebGLRenderer): ModelLight {
  return SOFTWARE.test(rendererName(renderer)) ? lamps() : room(renderer);
}

function rendererName(renderer: WebGLRenderer): string {
  const gl = renderer.getContext();
  const names = gl.getExtension('WEBGL_debug_renderer_info');
  return String(gl.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
}

function room(renderer: WebGLRenderer): ModelLight {
  const generator = new PMREMGenerator(renderer);
  const walls = new RoomEnvironment();
  const environment: Texture = generator.fromScene(walls, 0.04).texture;
  walls.dispose();
  generator.dispose();
  return {
    isWhole: true,
    addTo(scene) {
      scene.environment = environment;
      scene.environmentIntensity = 0.9;
      scene.add(lamp([1, 2, 3], 0.5));
    },
    dispose: () => environment.dispose(),
  };
}

function lamps(): ModelLight {
  return {
    isWhole: false,
    addTo(scene) {
      scene.add(new HemisphereLight(0xffffff, 0x888888, 1.5));
      for (const [position, intensity] of LAMPS) scene.add(lamp(position, intensity));
    },
    dispose: () => undefined,
  };
}

function lamp(position: [number, number, number], intensity: number): DirectionalLight {
  const made = new DirectionalLight(0xffffff, intensity);
  made.position.set(...position);
  return made;
}
