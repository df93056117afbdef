// Owns the page of a viewer: takes what the extension says is to be shown, and mounts the viewer for it.
import type { AnswerMessage, FromWebview, RangeMessage, ShowMessage, ToWebview } from './messages.ts';
import { openFacts } from './facts.ts';
import type { Questions } from './questions.ts';
import type { Viewer, ViewerFactory, ViewerHost } from './viewer.ts';

declare function acquireVsCodeApi(): { postMessage(message: FromWebview): void };

/** Each is loaded when it is first needed: a page for one picture takes no code for models. The names are those of viewerKinds.ts. */
const VIEWERS: Record<string, () => Promise<ViewerFactory>> = {
  audio: async () => (await import('./sound/soundViewer.ts')).openSounds,
  hex: async () => (await import('./viewers/hex.ts')).openHex,
  image: async () => (await import('./picture/pictureViewer.ts')).openPictures,
  model: async () => (await import('./model/modelViewer.ts')).openModels,
  paint: async () => (await import('./package/packageViewer.ts')).openPaintFile,
  unreal: async () => (await import('./package/packageViewer.ts')).openPackage,
  video: async () => (await import('./video/videoViewer.ts')).openVideos,
};

const api = acquireVsCodeApi();
const body = element('body');
const toolbar = element('toolbar');
const status = element('status');
const waiting = new Map<number, (message: RangeMessage) => void>();
const asked = new Map<number, (message: AnswerMessage) => void>();
let nextRange = 0;
let nextQuestion = 0;
let viewer: Viewer | undefined;
let showing = Promise.resolve();

addEventListener('message', ({ data }: MessageEvent<ToWebview>) => {
  // One after the other: a viewer that is still opening is there to be disposed of.
  if (data.type === 'show') showing = showing.then(() => show(data));
  else if (data.type === 'answer') asked.get(data.id)?.(data);
  else waiting.get(data.id)?.(data);
});
api.postMessage({ type: 'ready' });

async function show(message: ShowMessage): Promise<void> {
  viewer?.dispose();
  viewer = undefined;
  body.replaceChildren();
  toolbar.replaceChildren();
  status.textContent = '';
  try {
    const open = (await VIEWERS[message.viewer]?.()) ?? openFacts;
    viewer = await open(hostOf(message), message);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    api.postMessage({ type: 'failed', problem });
    viewer = await openFacts(hostOf(message), message);
    status.textContent = problem;
  }
}

function hostOf({ strings }: ShowMessage): ViewerHost {
  return {
    body,
    toolbar,
    translate: (text, ...values) =>
      (strings[text] ?? text).replaceAll(/\{(\d)\}/g, (_, i: string) => String(values[Number(i)] ?? '')),
    async readRange(side, offset, length) {
      const id = nextRange++;
      const answer = new Promise<RangeMessage>((resolve) => waiting.set(id, resolve));
      api.postMessage({ type: 'readRange', id, side, offset, length });
      const { base64, problem } = await answer;
      waiting.delete(id);
      if (problem !== undefined) throw new Error(problem);
      return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    },
    async ask(question, about) {
      const id = nextQuestion++;
      const answered = new Promise<AnswerMessage>((resolve) => asked.set(id, resolve));
      api.postMessage({ type: 'ask', id, question, about });
      const { answer, problem } = await answered;
      asked.delete(id);
      if (problem !== undefined) throw new Error(problem);
      return answer as Questions[typeof question]['answer'];
    },
    report: (state) => api.postMessage({ type: 'state', state }),
    showProblem(_, problem) {
      status.textContent = problem;
    },
    showStatus(text) {
      status.textContent = text;
    },
  };
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no ${id}`);
  return found;
}
