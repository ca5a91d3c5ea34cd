// Builds what the browser fetches into ../static/built, every file named by its content so that it may be cached
// for ever, and manifest.json, which says which name stands for which file.
import { createHash } from "node:crypto";
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
  const end = extname(name);
  manifest[name] = `${name.slice(0, -end.length)}.${hash}${end}`;
  contents.set(manifest[name], content);
}

/** The whole sheet: ours first, then each partial that a feature added; Sass emits a module once. */
function sheet(isArabic) {
  const partials = globSync("_*.scss", { cwd: styles }).map((file) => basename(file, ".scss").slice(1)).sort();
  const uses = ["dawr", ...partials].map((name) => `@use "${name}" as ${name.replaceAll("-", "_")}_;`).join("\n");
  const source = `@use "tokens" with ($is-arabic: ${isArabic});\n${uses}`;
  const { css } = sass.compileString(source, { loadPaths: [styles, packages], quietDeps: true, style: "compressed", charset: false });
  return css.replaceAll(/url\("?(fonts\/[\w.-]+)"?\)/g, (_, name) => `url(${manifest[name]})`);
}

const font = "IBMPlexSansArabic-Regular.woff2";
keep(`fonts/${font}`, readFileSync(join(packages, "@ibm/plex-sans-arabic/fonts/complete/woff2", font)));
keep("zxing/reader.js", readFileSync(join(packages, "zxing-wasm/dist/iife/reader/index.js")));
keep("zxing/reader.wasm", readFileSync(join(packages, "zxing-wasm/dist/reader/zxing_reader.wasm")));
for (const folder of globSync("*/static", { cwd: features })) {
  const feature = dirname(folder);
  for (const file of globSync("**/*.*", { cwd: join(features, folder), exclude: ["built/**"] })) {
    const name = feature === "web" ? file : join(feature, file);
    keep(name, readFileSync(join(features, folder, file)));
  }
}
keep("dawr.ltr.css", sheet(false));
keep("dawr.rtl.css", rtlcss.process(sheet(true)));
contents.set("manifest.json", `${JSON.stringify(manifest, null, 2)}\n`);

// Everything could be made: only now does the old give way to the new.
rmSync(built, { recursive: true, force: true });
for (const [name, content] of contents) {
  mkdirSync(dirname(join(built, name)), { recursive: true });
  writeFileSync(join(built, name), content);
}
