// Owns zoom and pan: which part of a picture a pane shows; knows no browser.

/** A pixel (px, py) of the picture is at (x + px * scale, y + py * scale) of the pane. */
export interface View {
  scale: number;
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

export const LEAST_SCALE = 1 / 64;
export const MOST_SCALE = 64;
/** From here on pixels are shown as squares. */
export const SQUARE_PIXELS_FROM = 2;
/** A part that is gone to takes this much of the pane, and its pixels are this large at the most. */
const AROUND = 0.7;
const MOST_ENLARGED = 16;

/** The whole picture in the middle of the pane, no larger than it is. */
export function fit(picture: Size, pane: Size): View {
  const scale = Math.min(1, pane.width / picture.width, pane.height / picture.height) || 1;
  return centred(picture, pane, Math.max(LEAST_SCALE, scale));
}

export function centred(picture: Size, pane: Size, scale: number): View {
  return {
    scale,
    x: (pane.width - picture.width * scale) / 2,
    y: (pane.height - picture.height * scale) / 2,
  };
}

/** Zooms by `factor`; what is at (x, y) of the pane stays there. */
export function zoomAt(view: View, factor: number, x: number, y: number): View {
  const scale = Math.min(MOST_SCALE, Math.max(LEAST_SCALE, view.scale * factor));
  const ratio = scale / view.scale;
  return { scale, x: x - (x - view.x) * ratio, y: y - (y - view.y) * ratio };
}

export function pan(view: View, dx: number, dy: number): View {
  return { ...view, x: view.x + dx, y: view.y + dy };
}

/** The pixel under (x, y) of the pane. */
export function pixelAt(view: View, x: number, y: number): { x: number; y: number } {
  return { x: Math.floor((x - view.x) / view.scale), y: Math.floor((y - view.y) / view.scale) };
}

/** A part of the picture in the middle of the pane, with what is around it, no larger than MOST_ENLARGED. */
export function fitBox(box: Size & { x: number; y: number }, pane: Size): View {
  const scale = Math.min(
    MOST_ENLARGED,
    (AROUND * pane.width) / box.width,
    (AROUND * pane.height) / box.height,
  );
  const within = Math.max(LEAST_SCALE, scale);
  return {
    scale: within,
    x: pane.width / 2 - (box.x + box.width / 2) * within,
    y: pane.height / 2 - (box.y + box.height / 2) * within,
  };
}
