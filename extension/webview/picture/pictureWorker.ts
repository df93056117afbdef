// Owns the worker that decodes a picture, or that holds the pictures of a page and draws, compares and reads them.
import { decodeFile } from './decodeFile.ts';
import { differenceOf, rectangleOf } from './difference.ts';
import { displayOf } from './display.ts';
import type { PictureJob } from './pictureJobs.ts';
import { type Pixels, pixelOf } from './pixels.ts';
import { answerJobs, type JobResult } from './workerScope.ts';

let pictures: Pixels[] = [];

answerJobs(async (job: PictureJob): Promise<JobResult> => {
  switch (job.type) {
    case 'decode': {
      const result = await decodeFile(job);
      return { result, transfer: [result.data.buffer as ArrayBuffer] };
    }
    case 'keep':
      pictures = job.pictures;
      return { result: null, transfer: [] };
    case 'draw': {
      const picture = pictures[job.side];
      return drawn(displayOf(picture, job.look), picture);
    }
    case 'compare':
      return {
        result: differenceOf(pictures[0], pictures[1], { tolerance: job.tolerance }),
        transfer: [],
      };
    case 'drawDifference': {
      const size = rectangleOf(pictures[0], pictures[1]);
      const drawing = new Uint8ClampedArray(size.width * size.height * 4);
      const { tolerance, exposure } = job;
      differenceOf(pictures[0], pictures[1], { tolerance, gain: 2 ** exposure, drawing });
      return drawn(drawing, size);
    }
    case 'read':
      return { result: pictures.map((picture) => pixelOf(picture, job.x, job.y)), transfer: [] };
  }
});

async function drawn(
  data: Uint8ClampedArray<ArrayBuffer>,
  { width, height }: { width: number; height: number },
): Promise<JobResult> {
  const bitmap = await createImageBitmap(new ImageData(data, width, height));
  return { result: bitmap, transfer: [bitmap] };
}
