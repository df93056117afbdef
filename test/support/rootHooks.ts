// Owns what mocha does around every test file, in one process or in several.
import { removeTempFolders } from './tempFolder.ts';

export const mochaHooks = { afterAll: removeTempFolders };
