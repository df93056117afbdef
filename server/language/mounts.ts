// Owns Unreal's mount points: which folder of the repository a path like `/Game/…` or `/Plugin/…` begins in.
import { kindOf, UNREAL_EXTENSIONS } from './assetKinds.ts';

export interface Mount {
  /** As it is written, e.g. `Game`. */
  name: string;
  /** Folder in the repository, without a slash at its end: `Content`, `Plugins/Rocks/Content`. */
  folder: string;
  /** Folder of the project that the mount belongs to, `''` for the root. */
  project: string;
}

/**
 * Mounts of every project among these paths: `Game` for `Content/` beside a `.uproject`, and one for each `.uplugin`, named like
 * the file. A plugin belongs to the innermost project around it.
 */
export function mountsOf(paths: Iterable<string>): Mount[] {
  const projects: string[] = [];
  const plugins: { name: string; folder: string }[] = [];
  for (const path of paths) {
    if (/\.uproject$/i.test(path)) projects.push(folderOf(path));
    else if (/\.uplugin$/i.test(path)) {
      const name = path.slice(path.lastIndexOf('/') + 1, path.lastIndexOf('.'));
      plugins.push({ name, folder: folderOf(path) });
    }
  }
  const game = projects.map((project) => ({ name: 'Game', folder: join(project, 'Content'), project }));
  const others = plugins.flatMap(({ name, folder }) => {
    const project = innermost(projects, folder);
    return project === undefined ? [] : [{ name, folder: join(folder, 'Content'), project }];
  });
  return [...game, ...others];
}

/** The mounts that a document sees: those of the project that it lies in, else those of the only project there is. */
export function mountsSeenFrom(mounts: Mount[], document: string): Mount[] {
  const projects = [...new Set(mounts.map(({ project }) => project))];
  const own = innermost(projects, folderOf(document)) ?? (projects.length === 1 ? projects[0] : undefined);
  return mounts.filter(({ project }) => project === own);
}

/** How Unreal writes a package of the repository; undefined where no mount has it. */
export function unrealPathOf(path: string, mounts: Mount[]): string | undefined {
  if (!UNREAL_EXTENSIONS.some((extension) => path.toLowerCase().endsWith(extension))) return undefined;
  const mount = mounts.find(({ folder }) => path.startsWith(`${folder}/`));
  return mount && `/${mount.name}${path.slice(mount.folder.length, path.lastIndexOf('.'))}`;
}

/** Where an Unreal path begins in the repository, and what follows without object names; undefined without such a mount. */
export function inMount(path: string, mounts: Mount[]): { mount: Mount; packagePath: string } | undefined {
  const [, name, rest] = /^\/([^/]+)\/(.*)$/.exec(path) ?? [];
  const mount = mounts.find((one) => one.name.toLowerCase() === name?.toLowerCase());
  if (!mount || kindOf(path) !== undefined) return undefined;
  const slash = rest.lastIndexOf('/');
  const end = rest.slice(slash + 1).search(/[.:]/);
  return { mount, packagePath: join(mount.folder, end < 0 ? rest : rest.slice(0, slash + 1 + end)) };
}

export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

export function join(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

function innermost(projects: string[], folder: string): string | undefined {
  return projects
    .filter((project) => project === '' || folder === project || folder.startsWith(`${project}/`))
    .sort((a, b) => b.length - a.length)[0];
}
