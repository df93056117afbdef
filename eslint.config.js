// Owns the lint rules; the import direction of docs/architecture.md is enforced here.
import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const CORE_FOLDERS = [
  'model',
  'dataplane',
  'store',
  'worktree',
  'repo',
  'git',
  'formats',
  'places',
  'sync',
  'auth',
  'protocol',
];
const PACKAGES_OF_SHELLS = '^(vscode|vscode-.*|commander|picocolors|cli-progress)(/|$)';

/** Matches a relative import of one of core's folders, from inside core. */
const folders = (names) => `^(\\.\\./)+(${names.join('|')})/`;
const others = (...allowed) => folders(CORE_FOLDERS.filter((name) => !allowed.includes(name)));
/** Matches a relative import of one of the folders at the top. */
const top = (...names) => `^(\\.\\./)+(${names.join('|')})/`;

/** What the files of a folder must not import. `types` says that type imports are fine. */
const directions = [
  { files: 'core/**', regex: top('cli', 'server', 'extension', 'test', 'bench'), why: 'core knows no shell' },
  {
    files: 'core/**',
    regex: PACKAGES_OF_SHELLS,
    why: 'core has no editor, no language server and no terminal',
  },
  { files: 'core/*.ts', regex: `^\\./(${CORE_FOLDERS.join('|')})/`, why: 'the root of core knows no folder' },
  {
    files: 'core/model/**',
    regex: '^(?!node:|\\./|\\.\\./errors|\\.\\./dataplane/dataPlane)',
    why: 'model imports Node built-ins and model',
  },
  {
    files: 'core/model/**',
    regex: '^\\.\\./dataplane/dataPlane',
    types: true,
    why: 'model imports types alone from dataplane',
  },
  { files: 'core/dataplane/**', regex: others('model', 'dataplane'), why: 'dataplane imports model' },
  {
    files: 'core/store/**',
    regex: others('model', 'dataplane', 'store'),
    why: 'store imports dataplane and model',
  },
  { files: 'core/git/**', regex: others('model', 'dataplane', 'git'), why: 'git imports model' },
  {
    files: 'core/git/**',
    regex: folders(['dataplane']),
    types: true,
    why: 'git imports types alone from dataplane',
  },
  {
    files: 'core/worktree/**',
    regex: others('model', 'dataplane', 'store', 'git', 'worktree'),
    why: 'worktree imports git, store, dataplane and model',
  },
  { files: 'core/protocol/**', regex: others('protocol'), types: true, why: 'protocol imports types alone' },
  {
    files: 'extension/**',
    regex: '^(\\.\\./)+(core/(?!protocol/)|cli/|server/)',
    why: 'extension imports core/protocol',
  },
  {
    // The page of pictures runs the decoder that the server makes thumbnails with: it is made for both, and nothing else of core is.
    files: 'extension/webview/picture/**',
    regex: '^(\\.\\./)+(core/(?!protocol/|formats/(pictureCodec|reason)\\.ts)|cli/|server/)',
    why: 'extension imports core/protocol, and its pictures core/formats/pictureCodec and reason',
  },
  { files: 'server/**', regex: top('cli', 'extension'), why: 'server imports core' },
  { files: 'server/**', regex: '^vscode(-languageclient(/.*)?)?$', why: 'server knows no editor' },
  { files: 'cli/**', regex: top('server', 'extension'), why: 'cli imports core' },
  { files: 'cli/**', regex: '^vscode', why: 'cli knows no editor' },
];

/** A rule replaces, not joins, what a block before it says, so every folder gets one block with all that applies to it. */
const zones = [
  'core/*.ts',
  ...CORE_FOLDERS.map((name) => `core/${name}/**`),
  'extension/**',
  'extension/webview/picture/**',
  'server/**',
  'cli/**',
].map((files) => ({ files, rules: directions.filter((one) => appliesTo(one.files, files)) }));

function appliesTo(pattern, zone) {
  return pattern === zone || (pattern === 'core/**' && zone.startsWith('core/'));
}

const STYLE = [
  { selector: 'ExportDefaultDeclaration', message: 'Export by name.' },
  { selector: 'ExportAllDeclaration', message: 'No barrels: import from the file that owns the name.' },
  {
    selector: 'ExportNamedDeclaration[source]',
    message: 'No barrels: import from the file that owns the name.',
  },
];

/** What would let core see the machine behind the caller's back. */
const CORE_GLOBALS = {
  'no-console': 'error',
  'no-restricted-properties': [
    'error',
    ...['env', 'argv', 'stdout', 'stderr', 'stdin', 'exit', 'cwd', 'chdir'].map((property) => ({
      object: 'process',
      property,
      message: 'core gets what it needs from the shell that composes it.',
    })),
    ...['homedir', 'userInfo', 'hostname', 'tmpdir'].map((property) => ({
      object: 'os',
      property,
      message: 'core gets what it needs from the shell that composes it.',
    })),
  ],
};
const CORE_IMPORTS = [
  {
    name: 'node:os',
    importNames: ['homedir', 'userInfo', 'hostname', 'tmpdir'],
    message: 'core gets what it needs from the shell that composes it.',
  },
  { name: 'node:process', message: 'core gets what it needs from the shell that composes it.' },
];

function zoneConfig({ files, rules }) {
  const core = files.startsWith('core/');
  return {
    files: [files],
    rules: {
      ...(core ? CORE_GLOBALS : {}),
      'no-restricted-syntax': [
        'error',
        ...STYLE,
        ...rules
          .filter(({ types }) => !types)
          .map(({ regex, why }) => ({
            selector: `ImportExpression[source.value=/${regex.replaceAll('/', '\\/')}/]`,
            message: `Import direction: ${why}.`,
          })),
      ],
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: core ? CORE_IMPORTS : [],
          patterns: rules.map(({ regex, types, why }) => ({
            regex,
            message: `Import direction: ${why}.`,
            ...(types ? { allowTypeImports: true } : {}),
          })),
        },
      ],
    },
  };
}

export default defineConfig(
  {
    ignores: [
      'dist/',
      'coverage/',
      'native/target/',
      'native/*.js',
      'node_modules/',
      '.vscode-host/',
      'test-results/',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'console',
          'process',
          'Buffer',
          'URL',
          'require',
          'module',
          '__dirname',
          'setTimeout',
          'clearTimeout',
          'performance',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'no-restricted-syntax': ['error', ...STYLE],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    },
  },
  // mocha's describe and it take what they are given.
  { files: ['test/**/*.ts'], rules: { '@typescript-eslint/no-floating-promises': 'off' } },
  ...zones.map(zoneConfig),
);
