// Builds what the browser fetches into ../static/built, every file named by its content so that it may be cached
// for ever, and manifest.json, which says which name stands for which file. A folder within a feature's static folder
// is kept together under the hash of all its files, so that modules in it import each other by their names.
import { createHash } from "node:crypto";
import { globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import rtlcss from "rtlcss";
import * as sass from "sass";

const styles = import.meta.dirname;
const features = join(styles, "..", "..");
const packages = join(features, "..", "..", "node_modules");
const built = join(styles, "..", "static", "built");
const manifest = {};
const contents = new Map();

/** Keeps `content` under a name that carries its hash. */
function keep(name, content) {
  const end = extname(name);
  manifest[name] = `${name.slice(0, -end.length)}.${hash(content)}${end}`;
  contents.set(manifest[name], content);
}

/** Keeps files by their own names in a folder whose name carries the hash of all. */
function keepTogether(folder, files) {
  const named = `${folder}.${hash(JSON.stringify(files.map(([name, content]) => [name, hash(content)])))}`;
  for (const [name, content] of files) {
    manifest[`${folder}/${name}`] = `${named}/${name}`;
    contents.set(`${named}/${name}`, content);
  }
}

function hash(content) {
  return createHash("sha256").update(content).digest("hex").slice(0, 12);
}

/** The files of a folder in the order of their names, each with its content. */
function filesIn(folder, names = globSync("*.*", { cwd: folder }).sort()) {
  return names.map((name) => [name, readFileSync(join(folder, name))]);
}

/** A script as it travels: its comments, which stand on lines of their own, and its indentation stay at home. */
function bare([name, content]) {
  if (extname(name) !== ".js") return [name, content];
  return [name, content.toString().replaceAll(/^ *\/\*\*[^]*?\*\/\n|^ *\/\/.*\n|^ +/gm, "")];
}

/** The whole sheet: ours first, then each partial that a feature added; Sass emits a module once. */
function sheet(isArabic) {
  const partials = globSync("_*.scss", { cwd: styles }).map((file) => basename(file, ".scss").slice(1)).sort();
  const uses = ["dawr", ...partials].map((name) => `@use "${name}" as ${name.replaceAll("-", "_")}_;`).join("\n");
  const source = `@use "tokens" with ($is-arabic: ${isArabic});\n${uses}`;
  return compiled(source);
}

function compiled(source) {
  const { css } = sass.compileString(source, { loadPaths: [styles, packages], quietDeps: true, style: "compressed", charset: false });
  return css.replaceAll(/url\("?(fonts\/[\w.-]+)"?\)/g, (_, name) => `url(${manifest[name]})`);
}

const font = "IBMPlexSansArabic-Regular.woff2";
keep(`fonts/${font}`, readFileSync(join(packages, "@ibm/plex-sans-arabic/fonts/complete/woff2", font)));
const zxing = join(packages, "zxing-wasm/dist");
keepTogether("zxing", [
  ...filesIn(join(zxing, "es"), ["reader/index.js", "share.js"]),
  ...filesIn(join(zxing, "reader"), ["zxing_reader.wasm"]),
]);
for (const folder of globSync("*/static", { cwd: features })) {
  const within = dirname(folder) === "web" ? "" : dirname(folder);
  for (const [name, content] of filesIn(join(features, folder))) keep(join(within, name), content);
  for (const together of globSync("*/", { cwd: join(features, folder), exclude: ["built"] })) {
    keepTogether(join(within, basename(together)), filesIn(join(features, folder, together)).map(bare));
  }
}
keep("dawr.ltr.css", sheet(false));
keep("dawr.rtl.css", rtlcss.process(sheet(true)));
keep("gate.css", compiled('@use "gate"'));

// Everything could be made: only now the new takes the place of the old, the list of names at once and last.
const list = join(built, "manifest.json");
for (const [name, content] of contents) {
  mkdirSync(dirname(join(built, name)), { recursive: true });
  writeFileSync(join(built, name), content);
}
writeFileSync(`${list}.part`, `${JSON.stringify(manifest, null, 2)}\n`);
renameSync(`${list}.part`, list);
const named = ["manifest.json", ...contents.keys()];
for (const name of globSync("**/*", { cwd: built })) {
  if (!named.some((kept) => kept === name || kept.startsWith(`${name}/`))) {
    rmSync(join(built, name), { recursive: true, force: true });
  }
}
