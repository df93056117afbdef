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
